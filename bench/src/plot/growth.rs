//! Decisions against the lines of the organization's policy, compared with Casbin with all of them in memory.

use super::{Line, Picture, Scale, benches};
use crate::access;
use crate::access::growth::{self, LINES};
use crate::figures::{Figures, Race};
use crate::table::thousands;

/// With the most connections that were measured; that race also has Casbin, which uses none.
pub fn picture(figures: &Figures) -> Option<Picture> {
    let mut lines = Vec::new();
    for (host, bench, colour) in benches(figures, access::GROWTH) {
        let race = bench.races.last()?;
        let connections = race.connections;
        lines.push(Line {
            label: format!("{host}: the Shell, {connections} connections"),
            colour,
            solid: true,
            points: points(race, growth::shell),
        });
        lines.push(Line {
            label: format!("beside {host}: casbin-rs in memory, one thread"),
            colour,
            solid: false,
            points: points(race, growth::plain),
        });
    }
    let places = LINES.map(|lines| thousands(f64::from(lines)));
    (!lines.is_empty()).then(|| Picture {
        caption: "Access: decisions a second as an organization grows",
        x: "policy lines",
        places: places.into(),
        scale: Scale::Decades,
        lines,
    })
}

fn points(race: &Race, name: fn(i32) -> String) -> Vec<(usize, f64)> {
    let lanes = LINES.into_iter().enumerate().filter_map(|(place, lines)| {
        let name = name(lines);
        let lane = race.lanes.iter().find(|lane| lane.name == name)?;
        Some((place, lane.per_second))
    });
    lanes.collect()
}
