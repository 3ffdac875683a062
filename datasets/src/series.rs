//! Numbers in the order of time: `Series`, and a reader for tables of them.

use std::fmt;
use std::path::Path;

use crate::delimited::{Format, Rows};
use crate::describe::Description;
use crate::{Card, DataError};

/// Values measured one after another.
///
/// ```
/// let spots = ferrolab_datasets::sunspots()?;
/// assert_eq!((spots.times[0], spots.values[0]), (1700.0, 5.0));
/// assert_eq!(spots.len(), 309);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Series {
    /// When, in years: 1749.0 is the year 1749 or its beginning, 1749.125 the middle of its second month.
    pub times: Vec<f64>,
    /// What was measured, as many.
    pub values: Vec<f64>,
    /// What the values are.
    pub quantity: String,
    /// The unit of the values.
    pub unit: String,
    /// Which set it is; `None` for a series of the user's own.
    pub card: Option<&'static Card>,
}

impl Series {
    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The values as a network takes them.
    pub fn to_f32(&self) -> Vec<f32> {
        self.values.iter().map(|&value| value as f32).collect()
    }

    /// What is in the series, for people.
    pub fn describe(&self) -> Description {
        let mut text = Description::new(self.card, "a time series");
        let (count, unit) = (self.len() as f64, &self.unit);
        if let (Some(first), Some(last)) = (self.times.first(), self.times.last()) {
            let (low, high) = self
                .values
                .iter()
                .fold((f64::MAX, f64::MIN), |(low, high), &value| (low.min(value), high.max(value)));
            let mean = self.values.iter().sum::<f64>() / count;
            text = text
                .line("rows", &format!("{} values, {first:.2} to {last:.2} (years)", self.len()))
                .line("values", &format!("{}, {unit}: {low} to {high}, mean {mean:.2}", self.quantity));
        }
        let start = self.times.iter().zip(&self.values).take(3);
        let start: Vec<_> = start.map(|(time, value)| format!("{time:.2}: {value}")).collect();
        text.line("first", &start.join(", ")).card(self.card)
    }
}

/// A summary, not the values: `Series(309 values of sunspot number)`.
impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Series({} values of {})", self.len(), self.quantity)
    }
}

/// Reads the times in one column of a CSV file and the values in another, gzipped or not. A time is `1749`, `1749-02` (the middle of
/// the month is taken) or `1749-02-28` (the middle of the day).
///
/// # Errors
/// [`DataError::Io`], or [`DataError::Format`] with the line if a column is not there, a time or a value is none, or time runs back.
pub fn read_series(path: impl AsRef<Path>, time: &str, value: &str) -> Result<Series, DataError> {
    let mut rows = Rows::open(path.as_ref(), Format::Commas)?;
    let quantity = value.to_owned();
    let [time, value] = rows.columns([time, value])?;
    let (mut times, mut values) = (Vec::<f64>::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let Some(at) = years(row.text(time)) else {
            return Err(
                row.refuse("a time like 1749, 1749-02 or 1749-02-28", &format!("`{}`", row.text(time)))
            );
        };
        if times.last().is_some_and(|&last| last >= at) {
            return Err(row.refuse("a time after that of the line before", &format!("`{}`", row.text(time))));
        }
        times.push(at);
        values.push(row.number(value, "a number")?);
    }
    Ok(Series { times, values, quantity, unit: String::new(), card: None })
}

/// A date as a number of years.
fn years(date: &str) -> Option<f64> {
    let mut parts = date.splitn(3, '-').map(str::parse::<u32>);
    let year = parts.next()?.ok()?;
    let Some(month) = parts.next() else { return Some(f64::from(year)) };
    let month = month.ok().filter(|month| (1..=12).contains(month))?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let lengths = [31, 28 + u32::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let share = match parts.next() {
        None => (f64::from(month) - 0.5) / 12.0,
        Some(day) => {
            let before: u32 = lengths[..month as usize - 1].iter().sum();
            let day = day.ok().filter(|day| (1..=lengths[month as usize - 1]).contains(day))?;
            (f64::from(before + day) - 0.5) / f64::from(365 + u32::from(leap))
        }
    };
    Some(f64::from(year) + share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_become_years() {
        assert_eq!(years("1749"), Some(1749.0));
        assert_eq!(years("1749-02"), Some(1749.125));
        assert_eq!(years("2023-07-02"), Some(2023.5)); // the middle day of 365
        assert_eq!(years("2024-12-31"), Some(2024.0 + 365.5 / 366.0));
        for wrong in ["", "x", "2023-13", "2023-02-29", "2023-1-0", "2023-01-01-01"] {
            assert_eq!(years(wrong), None, "{wrong}");
        }
    }
}
