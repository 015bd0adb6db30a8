//! Sizes and times as people write them: `100MiB`, `10s`.

use std::time::Duration;

/// Bytes: a number with an optional unit (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB; K, M, G and T mean KiB and so on).
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor: u64 = match &*unit.to_ascii_lowercase() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "t" | "tib" => 1 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        _ => {
            return Err(format!(
                "unknown unit {unit:?}: use B, KiB, MiB, GiB or kB, MB, GB, as in 100MiB"
            ));
        }
    };
    let number: u64 = number
        .parse()
        .map_err(|_| "a size is a whole number with a unit, as in 100MiB".to_owned())?;
    number.checked_mul(factor).ok_or_else(|| "that is more than a file can have".to_owned())
}

/// A time: a number with a unit (ms, s, m, h); without one, seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let number: u64 =
        number.parse().map_err(|_| "a time is a whole number with a unit, as in 10s".to_owned())?;
    let seconds = match unit {
        "ms" => return Ok(Duration::from_millis(number)),
        "" | "s" => Some(number),
        "m" | "min" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        _ => return Err(format!("unknown unit {unit:?}: use ms, s, m or h, as in 10s")),
    };
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "that is longer than the sun will shine".to_owned())
}

/// Requests per time: a number, a slash and a unit (s, m, h).
pub(crate) fn rate(text: &str) -> Result<(u32, Duration), String> {
    let wrong =
        || "a rate is a number of requests per second, minute or hour, as in 100/s".to_owned();
    let (number, unit) = text.split_once('/').ok_or_else(wrong)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" | "min" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number = number.trim().parse().ok().filter(|number| *number > 0).ok_or_else(wrong)?;
    Ok((number, Duration::from_secs(seconds)))
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (&text[..digits], text[digits..].trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        assert_eq!(size(text).ok(), expected, "{text:?}");
    }

    #[test]
    fn sizes() {
        check("0", Some(0));
        check("512", Some(512));
        check("1k", Some(1024));
        check("100MiB", Some(100 << 20));
        check("100 mib", Some(100 << 20));
        check("2GB", Some(2_000_000_000));
        check("", None);
        check("MiB", None);
        check("-1", None);
        check("1.5MiB", None);
        check("10 elephants", None);
        check("18446744073709551615", Some(u64::MAX));
        check("18446744073709551616", None);
        check("16777216TiB", None);
    }

    #[test]
    fn times() {
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("2m"), Ok(Duration::from_mins(2)));
        assert_eq!(duration("1h"), Ok(Duration::from_hours(1)));
        for wrong in ["", "s", "-1s", "1.5s", "1 day", "18446744073709551615h"] {
            assert!(duration(wrong).is_err(), "{wrong:?}");
        }
    }
}
