//! The proleptic Gregorian calendar, from the year 0 to the year 9999.

pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
pub(super) const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const SECONDS_PER_DAY: i64 = 86_400;
/// The calendar repeats after 400 years.
const DAYS_PER_ERA: i64 = 146_097;
/// From the first of March of the year 0 to the start of 1970. Years that start in March have
/// their leap day at the end, which spares every special case.
const EPOCH_SINCE_MARCH_0: i64 = 719_468;

/// A moment as calendars and clocks show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Civil {
    pub(super) year: i64,
    /// 1 to 12
    pub(super) month: u32,
    /// 1 to 31
    pub(super) day: u32,
    /// Below 86,400
    pub(super) second_of_day: u32,
    /// Days since Sunday
    pub(super) weekday: usize,
}

impl Civil {
    pub(super) fn from_unix(unix: i64) -> Self {
        let days = unix.div_euclid(SECONDS_PER_DAY);
        let since_march_0 = days + EPOCH_SINCE_MARCH_0;
        let era = since_march_0.div_euclid(DAYS_PER_ERA);
        let day_of_era = since_march_0.rem_euclid(DAYS_PER_ERA);
        // Leave out the leap days (one in 4 years, none in 100, but in 400), then count years.
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - days_before_year(year_of_era);
        // From March on, months alternate so that 153 days make five of them.
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - days_before_month(month_from_march) + 1;
        let month = (month_from_march + 2) % 12 + 1;
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: month as u32,
            day: day as u32,
            second_of_day: unix.rem_euclid(SECONDS_PER_DAY) as u32,
            // 1970 began on a Thursday.
            weekday: (days + 4).rem_euclid(7) as usize,
        }
    }
}

/// Seconds since the start of 1970, when the calendar has such a day.
pub(super) fn to_unix(year: i64, month: u32, day: u32, second_of_day: u32) -> Option<i64> {
    if day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let year_from_march = year - i64::from(month <= 2);
    let era = year_from_march.div_euclid(400);
    let month_from_march = i64::from((month + 9) % 12);
    let day_of_year = days_before_month(month_from_march) + i64::from(day) - 1;
    let day_of_era = days_before_year(year_from_march.rem_euclid(400)) + day_of_year;
    let days = era * DAYS_PER_ERA + day_of_era - EPOCH_SINCE_MARCH_0;
    Some(days * SECONDS_PER_DAY + i64::from(second_of_day))
}

fn days_before_year(year_of_era: i64) -> i64 {
    365 * year_of_era + year_of_era / 4 - year_of_era / 100
}

fn days_before_month(month_from_march: i64) -> i64 {
    (153 * month_from_march + 2) / 5
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
