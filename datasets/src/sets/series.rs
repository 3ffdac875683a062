//! Time series.

use super::shipped;
use crate::card::{Column, Place};
use crate::{Card, DataError, Series, read_series};

const PUBLIC: &str = "public domain";

pub(crate) static SUNSPOTS: Card = Card {
    name: "sunspots",
    about: "mean sunspot number of each year, 1700 to 2008",
    size: "309 values",
    reader: "datasets::sunspots()?",
    columns: &[Column::new("YEAR", "the year"), Column::new("SUNACTIVITY", "mean sunspot number")],
    source: "statsmodels 0.15.0 (PyPI)",
    licence: PUBLIC,
    place: Place::Shipped("timeseries/sunspots.csv"),
};

pub(crate) static SUNSPOTS_MONTHLY: Card = Card {
    name: "sunspots-monthly",
    about: "mean sunspot number of each month, 1749 to 1983",
    size: "2820 values",
    reader: "datasets::sunspots_monthly()?",
    columns: &[Column::new("month", "year and month"), Column::new("sunspots", "mean sunspot number")],
    source: "R 4.2, datasets::sunspots, after Andrews & Herzberg, 1985",
    licence: "the numbers are facts; R is GPL 2 or 3",
    place: Place::Shipped("timeseries/sunspots_monthly.csv"),
};

pub(crate) static NILE: Card = Card {
    name: "nile",
    about: "flow of the Nile at Aswan in each year, 1871 to 1970",
    size: "100 values",
    reader: "datasets::nile()?",
    columns: &[Column::new("year", "the year"), Column::of("volume", "flow of the Nile", "10⁸ m³")],
    place: Place::Shipped("timeseries/nile.csv"),
    ..SUNSPOTS
};

pub(crate) static AIRLINE_PASSENGERS: Card = Card {
    name: "airline-passengers",
    about: "international airline passengers of each month, 1949 to 1960",
    size: "144 values",
    reader: "datasets::airline_passengers()?",
    columns: &[Column::new("month", "year and month"), Column::of("passengers", "passengers", "thousands")],
    source: "Box & Jenkins, 1976, by way of river 0.26.1 (PyPI)",
    licence: "the numbers are facts; river is BSD-3-Clause",
    place: Place::Shipped("timeseries/airline-passengers.csv"),
};

pub(crate) static CO2: Card = Card {
    name: "co2",
    about: "CO₂ in the air at Mauna Loa, mean of each month, 1958 to 2020",
    size: "741 values",
    reader: "datasets::co2()?",
    columns: &[
        Column::new("Date", "the first day of the month"),
        Column::of("CO2", "as measured", "parts per million"),
        Column::of("adjusted CO2", "with the season taken out", "parts per million"),
    ],
    source: "Scripps CO₂ Program (Keeling et al.), by way of vega-datasets 3.2.1 (npm)",
    licence: "CC BY 4.0",
    place: Place::Shipped("timeseries/co2-concentration.csv"),
};

/// The mean sunspot number of each year from 1700 to 2008: 309 values with a cycle of about eleven years. Comes with the project, public
/// domain; from statsmodels (PyPI).
///
/// # Errors
/// [`DataError::NotShipped`] if the file is gone, [`DataError::Format`] if it is damaged.
pub fn sunspots() -> Result<Series, DataError> {
    read(&SUNSPOTS, "YEAR", "SUNACTIVITY", ["sunspot number", "mean of the year"])
}

/// The mean sunspot number of each month from January 1749 to December 1983: 2820 values. Comes with the project; R's `sunspots`.
///
/// ```
/// let spots = ferrolab_datasets::sunspots_monthly()?;
/// assert_eq!((spots.len(), spots.values[1]), (2820, 62.6));
/// assert_eq!(spots.times[1], 1749.125);
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// As [`sunspots`].
pub fn sunspots_monthly() -> Result<Series, DataError> {
    read(&SUNSPOTS_MONTHLY, "month", "sunspots", ["sunspot number", "mean of the month"])
}

/// The flow of the Nile at Aswan in each year from 1871 to 1970, in 10⁸ m³: 100 values, lower since about 1899. Comes with the project,
/// public domain; from statsmodels (PyPI).
///
/// # Errors
/// As [`sunspots`].
pub fn nile() -> Result<Series, DataError> {
    read(&NILE, "year", "volume", ["flow of the Nile", "10⁸ m³"])
}

/// International airline passengers of each month from 1949 to 1960, in thousands: 144 values with growth and a yearly season (Box and
/// Jenkins, 1976). Comes with the project; from river (PyPI).
///
/// # Errors
/// As [`sunspots`].
pub fn airline_passengers() -> Result<Series, DataError> {
    read(&AIRLINE_PASSENGERS, "month", "passengers", ["airline passengers", "thousands"])
}

/// CO₂ in the air at Mauna Loa as measured, mean of each month from March 1958 to April 2020, in parts per million: 741 values, five
/// months missing. Comes with the project, CC BY 4.0; Scripps CO₂ Program. The column with the season taken out: `table("co2")`.
///
/// ```
/// let co2 = ferrolab_datasets::co2()?;
/// assert_eq!((co2.values[0], co2.unit.as_str()), (315.70, "parts per million"));
/// # Ok::<(), ferrolab_datasets::DataError>(())
/// ```
///
/// # Errors
/// As [`sunspots`].
pub fn co2() -> Result<Series, DataError> {
    read(&CO2, "Date", "CO2", ["CO₂ in the air", "parts per million"])
}

fn read(
    card: &'static Card,
    time: &str,
    value: &str,
    [quantity, unit]: [&str; 2],
) -> Result<Series, DataError> {
    let series = read_series(shipped(card)?, time, value)?;
    Ok(Series { quantity: quantity.into(), unit: unit.into(), card: Some(card), ..series })
}
