//! Throughput against connections, and decisions against the policy's lines, as a figure.

mod growth;

use std::path::Path;

use anyhow::{Result, ensure};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::access;
use crate::figures::{Bench, Figures};
use crate::table::thousands;

const SIZE: (u32, u32) = (760, 420);
const FONT: &str = "sans-serif";

/// The colours of the hosts.
const COLOURS: [RGBColor; 2] = [RGBColor(31, 119, 180), RGBColor(214, 96, 30)];

/// The charts of throughput against connections, from top to bottom; those without figures are left out.
const CHARTS: [Chart; 3] = [
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
    Chart {
        bench: access::DECISION,
        caption: "Access: decisions a second",
        floor: "one GET, the same size",
    },
];

/// The first lane of a benchmark that has a least ratio, and its floor, for each host.
struct Chart {
    bench: &'static str,
    caption: &'static str,
    floor: &'static str,
}

/// The content of a chart.
struct Picture {
    caption: &'static str,
    x: &'static str,
    /// The labels of the x axis.
    places: Vec<String>,
    scale: Scale,
    lines: Vec<Line>,
}

/// The scale of the y axis.
#[derive(Clone, Copy)]
enum Scale {
    Linear,
    /// Each step is ten times the one below.
    Decades,
}

/// One line of a chart.
struct Line {
    label: String,
    colour: RGBColor,
    solid: bool,
    points: Vec<(usize, f64)>,
}

/// Draws the figures.
pub fn draw(figures: &Figures, file: &Path) -> Result<()> {
    let against_connections = CHARTS.iter().filter_map(|chart| chart.picture(figures));
    let pictures: Vec<_> = against_connections
        .chain(growth::picture(figures))
        .collect();
    ensure!(
        !pictures.is_empty(),
        "there is nothing to draw: measure discovery, audit or access first"
    );
    paint_all(&pictures, file)
        .map_err(|error| anyhow::anyhow!("cannot draw {}: {error}", file.display()))
}

/// The figures of each host that has this benchmark, with the host's colour.
fn benches<'f>(
    figures: &'f Figures,
    name: &'f str,
) -> impl Iterator<Item = (&'f str, &'f Bench, RGBColor)> {
    let benches = figures
        .iter()
        .filter_map(move |(host, of)| Some((host.as_str(), of.benches.get(name)?)));
    benches
        .zip(COLOURS)
        .map(|((host, bench), colour)| (host, bench, colour))
}

type Painted = std::result::Result<(), Box<dyn std::error::Error>>;

fn paint_all(pictures: &[Picture], file: &Path) -> Painted {
    let (width, height) = SIZE;
    let height = height * u32::try_from(pictures.len())?;
    let root = SVGBackend::new(file, (width, height)).into_drawing_area();
    root.fill(&WHITE)?;
    let areas = root.split_evenly((pictures.len(), 1));
    for (area, picture) in areas.iter().zip(pictures) {
        picture.paint(area)?;
    }
    root.present()?;
    Ok(())
}

impl Chart {
    fn picture(&self, figures: &Figures) -> Option<Picture> {
        let (_, first, _) = benches(figures, self.bench).next()?;
        let places = first.races.iter().map(|race| race.connections.to_string());
        let lines = benches(figures, self.bench);
        let lines = lines.flat_map(|(host, bench, colour)| self.lines(host, bench, colour));
        Some(Picture {
            caption: self.caption,
            x: "connections",
            places: places.collect(),
            scale: Scale::Linear,
            lines: lines.collect(),
        })
    }

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

impl Scale {
    /// The place of a rate on the axis.
    fn place(self, rate: f64) -> f64 {
        match self {
            Self::Linear => rate,
            Self::Decades => rate.max(1.0).log10(),
        }
    }

    /// The rate at a place on the axis.
    fn rate(self, place: f64) -> f64 {
        match self {
            Self::Linear => place,
            Self::Decades => 10_f64.powf(place),
        }
    }

    /// The upper end, with room for the legend.
    fn end(self, highest: f64) -> f64 {
        match self {
            Self::Linear => highest * 1.6,
            Self::Decades => self.place(highest).ceil() + 2.0,
        }
    }
}

impl Picture {
    fn paint(&self, area: &DrawingArea<SVGBackend<'_>, Shift>) -> Painted {
        let rates = self.lines.iter().flat_map(|line| &line.points);
        let highest = rates.map(|(_, rate)| *rate).fold(0.0, f64::max);
        let last = self.places.len().saturating_sub(1);
        let end = self.scale.end(highest);
        let mut chart = ChartBuilder::on(area)
            .margin(16)
            .caption(self.caption, (FONT, 22))
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(0..last, 0.0..end)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .x_labels(self.places.len())
            .x_label_formatter(&|place| self.places.get(*place).cloned().unwrap_or_default())
            .y_label_formatter(&|place| thousands(self.scale.rate(*place)))
            .x_desc(self.x)
            .label_style((FONT, 16))
            .draw()?;
        for line in &self.lines {
            let style = line.colour.stroke_width(2);
            let points = line.points.iter();
            let points = points.map(|(x, rate)| (*x, self.scale.place(*rate)));
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
}
