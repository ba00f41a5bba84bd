//! The figures as tables: for people, and ready for Markdown.

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use crate::figures::{Bench, Held, LEAST_BESIDE, Lane, Latency, NOISE, Race};

/// All results of a benchmark.
pub fn bench(name: &str, bench: &Bench) -> String {
    let races = bench.races.iter().map(|race| self::race(&bench.unit, race));
    let mut parts: Vec<_> = races.collect();
    if !bench.redis.is_empty() {
        parts.push(redis(&bench.redis));
    }
    format!("{name}\n\n{}", parts.join("\n"))
}

fn redis(held: &[Held]) -> String {
    let header = ["Redis, after", "keys", "without an end", "of memory"];
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for held in held {
        table.add_row([
            held.name.clone(),
            thousands(held.keys as f64),
            thousands(held.without_end as f64),
            format!("{} kB", thousands(held.bytes as f64 / 1000.0)),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{table}\n")
}

fn race(unit: &str, race: &Race) -> String {
    let with_latency = race.lanes.iter().any(|lane| lane.latency.is_some());
    let first = match (with_latency, race.connections) {
        (false, _) => String::new(),
        (true, 1) => "1 connection".to_owned(),
        (true, connections) => format!("{connections} connections"),
    };
    let mut header = vec![first, format!("{unit}/s"), "spread".to_owned()];
    if with_latency {
        header.extend(["p50", "p99", "p99/p50"].map(str::to_owned));
    }
    header.extend(["above the floor", "of the floor", "at least"].map(str::to_owned));

    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(header);
    for lane in &race.lanes {
        table.add_row(row(race, lane, with_latency));
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = format!("{table}\n");
    for lane in race.lanes.iter().filter(|lane| !race.is_quiet(lane)) {
        let floor = race.floor_of(lane).map_or(0.0, |floor| floor.spread);
        text += &format!(
            "The machine was too noisy to judge \"{}\": its floor's own rounds lie {} apart, more than {}.\n",
            lane.name,
            percent(floor),
            percent(NOISE)
        );
    }
    for lane in &race.lanes {
        text += &beside(lane);
    }
    text
}

/// The accompanying requests of a lane, as a sentence or two.
fn beside(lane: &Lane) -> String {
    let Some(beside) = &lane.beside else {
        return String::new();
    };
    let mut text = format!(
        "\"{}\": {} requests came, {:.1} a second, and none failed.\n",
        lane.name,
        thousands(beside.requests as f64),
        beside.per_second
    );
    if lane.lacked_company() {
        text += &format!(
            "These are too few to judge it: less than {} of {} a second.\n",
            percent(LEAST_BESIDE),
            thousands(beside.asked_per_second)
        );
    }
    text
}

fn row(race: &Race, lane: &Lane, with_latency: bool) -> Vec<String> {
    let mut row = vec![
        lane.name.clone(),
        thousands(lane.per_second),
        percent(lane.spread),
    ];
    if with_latency {
        row.extend(lane.latency.as_ref().map(latency).unwrap_or_default());
    }
    // The additional time per request, of the whole machine; with one connection, that of the caller.
    let above = race
        .floor_of(lane)
        .map(|floor| 1e6 / lane.per_second - 1e6 / floor.per_second);
    row.push(above.map_or_else(String::new, |us| format!("{us:.0} µs")));
    let is_certain = race.is_quiet(lane) && !lane.lacked_company();
    let doubt = if is_certain { "" } else { "?" };
    let ratio = lane.ratio.map(|ratio| format!("{ratio:.2}{doubt}"));
    row.push(ratio.unwrap_or_default());
    let at_least = lane.at_least.map(|ratio| format!("{ratio:.2}"));
    row.push(at_least.unwrap_or_default());
    row
}

/// The three columns of latencies.
fn latency(latency: &Latency) -> [String; 3] {
    let (p50, p99) = (latency.p50_us as f64, latency.p99_us as f64);
    let milliseconds = |us: f64| format!("{:.2} ms", us / 1000.0);
    [
        milliseconds(p50),
        milliseconds(p99),
        format!("{:.1}", p99 / p50),
    ]
}

fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

/// A number with its digits in groups of three.
pub fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Beside;

    fn lane(name: &str, spread: f64, floor: Option<usize>) -> Lane {
        Lane {
            name: name.to_owned(),
            per_second: 12_345.6,
            spread,
            latency: None,
            floor,
            ratio: floor.map(|_| 0.5),
            at_least: None,
            beside: None,
        }
    }

    #[test]
    fn a_restless_floor_is_said() {
        let lanes = vec![lane("floor", 0.5, None), lane("ours", 0.0, Some(0))];
        let text = race(
            "rows",
            &Race {
                connections: 1,
                lanes,
            },
        );
        assert!(text.contains("12,346"), "{text}");
        assert!(text.contains("0.50?"), "{text}");
        assert!(text.contains("too noisy to judge \"ours\""), "{text}");
    }

    #[test]
    fn it_is_said_what_came_beside_a_lane_and_where_that_was_too_little() {
        let check = |per_second: f64, is_too_little: bool| {
            let beside = Some(Beside {
                requests: 1_500,
                per_second,
                asked_per_second: 300.0,
            });
            let ours = Lane {
                beside,
                ..lane("ours", 0.0, Some(0))
            };
            let lanes = vec![lane("floor", 0.0, None), ours];
            let text = race(
                "requests",
                &Race {
                    connections: 1,
                    lanes,
                },
            );
            assert!(text.contains("\"ours\": 1,500 requests came"), "{text}");
            assert_eq!(
                text.contains("too few to judge it"),
                is_too_little,
                "{text}"
            );
            assert_eq!(text.contains("0.50?"), is_too_little, "{text}");
        };
        check(299.0, false);
        check(200.0, true);
    }

    #[test]
    fn what_redis_holds_stands_in_a_table_of_its_own() {
        let held = Held {
            name: "everything".to_owned(),
            keys: 1_203,
            without_end: 2,
            bytes: 1_500_400,
        };
        let text = redis(&[held]);
        for part in ["everything", "1,203", " 2 ", "1,500 kB"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(999.0), "999");
        assert_eq!(thousands(1_000.0), "1,000");
        assert_eq!(thousands(1_234_567.0), "1,234,567");
    }
}
