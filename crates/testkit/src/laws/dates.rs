//! `HTTP-date`, beside a calendar that counts year by year and month by month.

use std::time::SystemTime;

use arbitrary::{Result, Unstructured};
use catzilla_http_conditional::HttpDate;

const DAYS: [&str; 7] =
    ["Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const SECONDS_PER_DAY: i64 = 86_400;
/// Less than 50 years, so that a two-digit year can mean nothing else.
const FAR: i64 = 49 * 365 * SECONDS_PER_DAY;

/// Dates are written as the calendar has them, all three formats are read back, and what is read
/// at all is one of them.
///
/// # Panics
///
/// When that isn't so.
pub fn check(data: &[u8]) {
    let mut input = Unstructured::new(data);
    // Whatever an input is too short for, the next one has.
    let _ = written_and_read_back(&mut input);
    let _ = read_only_if_written(&mut input);
    let _ = HttpDate::parse(data, SystemTime::UNIX_EPOCH);
}

fn written_and_read_back(input: &mut Unstructured<'_>) -> Result<()> {
    let unix = moment(input)?;
    let date = HttpDate::from_unix(unix);
    let naive = Naive::from_unix(unix);
    assert_eq!(date.to_string(), naive.imf_fixdate());
    assert_eq!(date.to_unix(), unix);

    let now = HttpDate::from_unix(unix + input.int_in_range(-FAR..=FAR)?).into();
    for text in [naive.imf_fixdate(), naive.rfc850(), naive.asctime()] {
        assert_eq!(HttpDate::parse(text.as_bytes(), now), Ok(date), "{text}");
    }
    Ok(())
}

/// A date with some bytes changed is read as what it says then, or not at all.
fn read_only_if_written(input: &mut Unstructured<'_>) -> Result<()> {
    let naive = Naive::from_unix(moment(input)?);
    let formats = [naive.imf_fixdate(), naive.rfc850(), naive.asctime()];
    let mut text = input.choose(&formats)?.clone().into_bytes();
    for _ in 0..input.int_in_range(0..=3)? {
        let place = input.choose_index(text.len())?;
        text[place] = *input.choose(b"0123456789 -,:GMTadegnortuy\0\xff")?;
    }
    let now = HttpDate::from_unix(moment(input)?);
    let Ok(date) = HttpDate::parse(&text, now.into()) else {
        return Ok(());
    };

    let text = String::from_utf8(text).expect("dates are ASCII");
    let leap = text.contains(":60") && date != HttpDate::MAX;
    let mut naive = Naive::from_unix(date.to_unix() - i64::from(leap));
    if text.contains(":60") {
        naive.second = 60;
    }
    // The name of the day is any of them.
    let name_of_day = DAYS.iter().position(|day| text.starts_with(&day[..3]));
    naive.weekday = name_of_day.expect("the name of a day");
    // `asctime` pads the day with a space, but the grammar takes a zero as well.
    let padded = naive.asctime().replacen("  ", " 0", 1);
    let formats = [naive.imf_fixdate(), naive.rfc850(), naive.asctime(), padded];
    let format = formats.iter().position(|format| *format == text);
    assert!(format.is_some(), "{text:?} was read as {date}");

    if format == Some(1) {
        let fifty_years = 50 * 366 * SECONDS_PER_DAY;
        assert!(date.to_unix() - now.to_unix() <= fifty_years, "{text:?} at {now} is {date}");
    }
    Ok(())
}

fn moment(input: &mut Unstructured<'_>) -> Result<i64> {
    input.int_in_range(HttpDate::MIN.to_unix()..=HttpDate::MAX.to_unix())
}

struct Naive {
    year: i64,
    month: usize,
    day: i64,
    second: i64,
    minute: i64,
    hour: i64,
    weekday: usize,
}

impl Naive {
    fn from_unix(unix: i64) -> Self {
        let since_year_0 = unix - HttpDate::MIN.to_unix();
        let mut days = since_year_0 / SECONDS_PER_DAY;
        let second = since_year_0 % SECONDS_PER_DAY;
        let weekday = (days % 7) as usize;
        let mut year = 0;
        while days >= days_in_year(year) {
            days -= days_in_year(year);
            year += 1;
        }
        let mut month = 0;
        while days >= days_in_month(year, month) {
            days -= days_in_month(year, month);
            month += 1;
        }
        Self {
            year,
            month,
            day: days + 1,
            second: second % 60,
            minute: second / 60 % 60,
            hour: second / 3600,
            weekday,
        }
    }

    fn time(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.hour, self.minute, self.second)
    }

    fn imf_fixdate(&self) -> String {
        let (day, month) = (&DAYS[self.weekday][..3], MONTHS[self.month]);
        format!("{day}, {:02} {month} {:04} {} GMT", self.day, self.year, self.time())
    }

    fn rfc850(&self) -> String {
        let (day, month) = (DAYS[self.weekday], MONTHS[self.month]);
        format!("{day}, {:02}-{month}-{:02} {} GMT", self.day, self.year % 100, self.time())
    }

    fn asctime(&self) -> String {
        let (day, month) = (&DAYS[self.weekday][..3], MONTHS[self.month]);
        format!("{day} {month} {:2} {} {:04}", self.day, self.time(), self.year)
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_in_month(year: i64, month: usize) -> i64 {
    match month {
        1 if is_leap(year) => 29,
        1 => 28,
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}
