//! Throughput against connections, as a picture.

use std::path::Path;

use anyhow::{Context as _, Result};
use plotters::prelude::*;

use crate::figures::{Bench, Figures};
use crate::table::thousands;

const SIZE: (u32, u32) = (760, 420);
const FONT: &str = "sans-serif";

/// One line of the picture.
struct Line {
    label: String,
    colour: RGBColor,
    solid: bool,
    points: Vec<(usize, f64)>,
}

/// Draws the first lane of `discovery` that has a floor, and its floor, for each host.
pub fn draw(figures: &Figures, file: &Path) -> Result<()> {
    let benches: Vec<_> = figures
        .iter()
        .filter_map(|(host, of)| Some((host.as_str(), of.benches.get("discovery")?)))
        .collect();
    let (_, first) = benches
        .first()
        .context("there are no figures of discovery: run it first")?;
    let connections: Vec<usize> = first.races.iter().map(|race| race.connections).collect();
    let colours = [RGBColor(31, 119, 180), RGBColor(214, 96, 30)];
    let lines: Vec<Line> = benches
        .iter()
        .zip(colours)
        .flat_map(|((host, bench), colour)| lines(host, bench, colour))
        .collect();
    paint(&connections, &lines, file)
        .map_err(|error| anyhow::anyhow!("cannot draw {}: {error}", file.display()))
}

fn lines(host: &str, bench: &Bench, colour: RGBColor) -> [Line; 2] {
    let mut shell = Line {
        label: String::new(),
        colour,
        solid: true,
        points: Vec::new(),
    };
    let mut floor = Line {
        label: format!("{host}: one GET, the same size"),
        solid: false,
        points: Vec::new(),
        ..shell
    };
    for (place, race) in bench.races.iter().enumerate() {
        let Some(lane) = race.lanes.iter().find(|lane| lane.floor.is_some()) else {
            continue;
        };
        shell.label = format!("{host}: {}", lane.name);
        shell.points.push((place, lane.per_second));
        if let Some(lane) = race.floor_of(lane) {
            floor.points.push((place, lane.per_second));
        }
    }
    [shell, floor]
}

type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

fn paint(connections: &[usize], lines: &[Line], file: &Path) -> Painted {
    let highest = lines
        .iter()
        .flat_map(|line| &line.points)
        .map(|(_, rate)| *rate)
        .fold(0.0, f64::max);
    let last = connections.len().saturating_sub(1);
    let root = SVGBackend::new(file, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption("Discovery: requests a second", (FONT, 22))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(0..last, 0.0..highest * 1.6)?;
    chart
        .configure_mesh()
        .disable_x_mesh()
        .light_line_style(TRANSPARENT)
        .x_labels(connections.len())
        .x_label_formatter(&|place| {
            connections
                .get(*place)
                .map_or_else(String::new, ToString::to_string)
        })
        .y_label_formatter(&|rate| thousands(*rate))
        .x_desc("connections")
        .label_style((FONT, 16))
        .draw()?;
    for line in lines {
        let style = line.colour.stroke_width(2);
        let points = line.points.iter().copied();
        let drawn = if line.solid {
            chart.draw_series(LineSeries::new(points, style))?
        } else {
            chart.draw_series(DashedLineSeries::new(points, 6, 4, style))?
        };
        let (solid, colour) = (line.solid, line.colour);
        drawn.label(&line.label).legend(move |(x, y)| {
            let end = if solid { x + 24 } else { x + 10 };
            PathElement::new([(x, y), (end, y)], colour.stroke_width(2))
        });
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .label_font((FONT, 16))
        .legend_area_size(32)
        .draw()?;
    root.present()?;
    Ok(())
}
