//! Throughput against connections, as a picture.

use std::path::Path;

use anyhow::{Result, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::figures::{Bench, Figures};
use crate::table::thousands;

const SIZE: (u32, u32) = (760, 420);
const FONT: &str = "sans-serif";

/// What is drawn, above each other, where there are figures of it.
const CHARTS: [Chart; 2] = [
    Chart {
        bench: "discovery",
        caption: "Discovery: requests a second",
        floor: "one GET, the same size",
    },
    Chart {
        bench: "audit",
        caption: "Appending to the audit trail: events a second",
        floor: "one GET, one INSERT",
    },
];

/// The first lane of a benchmark of which DESIGN.md asks something, and its floor, for each host.
struct Chart {
    bench: &'static str,
    caption: &'static str,
    floor: &'static str,
}

/// One line of a chart.
struct Line {
    label: String,
    colour: RGBColor,
    solid: bool,
    points: Vec<(usize, f64)>,
}

/// Draws what the figures hold.
pub fn draw(figures: &Figures, file: &Path) -> Result<()> {
    let drawn: Vec<_> = CHARTS
        .iter()
        .filter(|chart| {
            figures
                .values()
                .any(|of| of.benches.contains_key(chart.bench))
        })
        .collect();
    ensure!(
        !drawn.is_empty(),
        "there is nothing to draw: measure discovery or audit first"
    );
    paint_all(figures, &drawn, file)
        .map_err(|error| anyhow::anyhow!("cannot draw {}: {error}", file.display()))
}

type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

fn paint_all(figures: &Figures, charts: &[&Chart], file: &Path) -> Painted {
    let (width, height) = SIZE;
    let height = height * u32::try_from(charts.len())?;
    let root = SVGBackend::new(file, (width, height)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, chart) in root.split_evenly((charts.len(), 1)).iter().zip(charts) {
        let benches: Vec<_> = figures
            .iter()
            .filter_map(|(host, of)| Some((host.as_str(), of.benches.get(chart.bench)?)))
            .collect();
        let races = benches.first().map(|(_, bench)| &bench.races);
        let connections = races.into_iter().flatten().map(|race| race.connections);
        let colours = [RGBColor(31, 119, 180), RGBColor(214, 96, 30)];
        let lines = benches.iter().zip(colours);
        let lines = lines.flat_map(|((host, bench), colour)| chart.lines(host, bench, colour));
        paint(
            area,
            chart.caption,
            &connections.collect::<Vec<_>>(),
            &lines.collect::<Vec<_>>(),
        )?;
    }
    root.present()?;
    Ok(())
}

impl Chart {
    fn lines(&self, host: &str, bench: &Bench, colour: RGBColor) -> [Line; 2] {
        let mut shell = Line {
            label: String::new(),
            colour,
            solid: true,
            points: Vec::new(),
        };
        let mut floor = Line {
            label: format!("{host}: {}", self.floor),
            solid: false,
            points: Vec::new(),
            ..shell
        };
        for (place, race) in bench.races.iter().enumerate() {
            let Some(lane) = race.lanes.iter().find(|lane| lane.at_least.is_some()) else {
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
}

fn paint(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    caption: &str,
    connections: &[usize],
    lines: &[Line],
) -> Painted {
    let highest = lines
        .iter()
        .flat_map(|line| &line.points)
        .map(|(_, rate)| *rate)
        .fold(0.0, f64::max);
    let last = connections.len().saturating_sub(1);
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(caption, (FONT, 22))
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
    Ok(())
}
