//! Charts, read back with an independent XML parser and PNG decoder.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ferrolab_display::Show;
use roxmltree::{Document, Node};

use super::*;

/// Every chart is well-formed XML whatever its texts, has its size, and a label for screen readers.
fn parse(chart: &Chart) -> Document<'_> {
    let document = Document::parse(chart.svg()).unwrap();
    let root = document.root_element();
    assert_eq!((root.tag_name().name(), root.attribute("role")), ("svg", Some("img")));
    assert_eq!(root.attribute("aria-label"), Some(chart.text()));
    let unit = |name: &str| root.attribute(name).unwrap().parse::<u32>().unwrap() * style::UNITS;
    let view = format!("0 0 {} {}", unit("width"), unit("height"));
    assert_eq!(root.attribute("viewBox"), Some(view.as_str()));
    document
}

fn elements<'d>(document: &'d Document<'_>, name: &str) -> Vec<Node<'d, 'd>> {
    document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", name))).collect()
}

fn texts(document: &Document<'_>) -> Vec<String> {
    elements(document, "text")
        .iter()
        .filter_map(|node| node.text())
        .map(|text| text.trim().to_owned())
        .collect()
}

fn number(node: &Node<'_, '_>, attribute: &str) -> f64 {
    node.attribute(attribute).unwrap().parse().unwrap()
}

/// The colour of the first series, as SVG writes it.
fn first_color() -> String {
    let color = style::PALETTE[0];
    format!("#{:02X}{:02X}{:02X}", color.0, color.1, color.2)
}

/// The pixels of every picture in a chart, `[H, W, 3]`.
fn pictures(document: &Document<'_>) -> Vec<(u32, u32, Vec<u8>)> {
    let decode = |node: &Node<'_, '_>| {
        let data = node.attribute("href").unwrap().strip_prefix("data:image/png;base64,").unwrap();
        let file = STANDARD.decode(data).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, pixels)
    };
    elements(document, "image").iter().map(decode).collect()
}

#[test]
fn texts_with_special_characters_stay_what_they_are() {
    let hard = "a < b && \"c\" > 'd' ↯";
    let chart = LineChart::new(hard).axes(hard, hard).line(hard, &[1.0, 2.0]).line("other", &[2.0]).chart();
    assert_eq!(texts(&parse(&chart)).iter().filter(|text| *text == hard).count(), 4);
    parse(&BarChart::new(hard, &[hard]).bars(hard, &[1.0]).chart());
    parse(&ConfusionMatrix::new(&[0], &[0], &[hard]).chart());
    parse(&ImageGrid::new().title(hard).image(&[0], [1, 1, 1], hard).chart());
    parse(&Overlay::new(&[0], [1, 1, 1], &[1.0]).title(hard).chart());
    parse(&ScatterChart::new(hard).axes(hard, hard).points(hard, &[1.0], &[1.0]).chart());
    parse(&Histogram::new(hard).axes(hard, hard).values(hard, &[1.0]).chart());
    parse(&HeatMap::new(hard, &[1.0], [1, 1]).rows(&[hard]).columns(&[hard]).axes(hard, hard).chart());
}

#[test]
fn a_line_runs_through_its_points() {
    let chart = LineChart::new("t").line_xy("s", &[0.0, 1.0, 4.0], &[0.0, 10.0, 10.0]).chart();
    let document = parse(&chart);
    let dots = elements(&document, "circle");
    let [a, b, c] = dots.as_slice() else { panic!("three points, found {}", dots.len()) };
    let (run, rise) = (number(c, "cx") - number(a, "cx"), number(a, "cy") - number(b, "cy"));
    assert!(((number(b, "cx") - number(a, "cx")) / run - 0.25).abs() < 0.01);
    assert!(rise > 100.0 && number(b, "cy") == number(c, "cy"));
}

#[test]
fn values_that_are_not_numbers_leave_a_gap() {
    let pieces = |values: &[f32]| {
        let chart = LineChart::new("t").line("s", values).chart();
        let document = parse(&chart);
        let lines = elements(&document, "polyline");
        lines.iter().filter(|line| line.attribute("stroke") == Some(&first_color())).count()
    };
    assert_eq!(pieces(&[1.0, 2.0, 3.0, 4.0]), 1);
    assert_eq!(pieces(&[1.0, 2.0, f32::NAN, 3.0, 4.0]), 2);
    parse(&LineChart::new("t").line("s", &[f32::NAN, f32::INFINITY]).chart());
}

#[test]
fn charts_without_data_are_drawn_empty() {
    let names: [&str; 0] = [];
    parse(&LineChart::new("t").chart());
    parse(&LineChart::new("t").line("s", &[]).chart());
    parse(&BarChart::new("t", &names).chart());
    parse(&BarChart::new("t", &["a"]).bars("s", &[f32::NAN]).chart());
    parse(&ConfusionMatrix::new(&[], &[], &names).chart());
    parse(&ConfusionMatrix::new(&[], &[], &["a", "b"]).chart());
    parse(&ImageGrid::new().chart());
    parse(&Curves::new(0).chart());
    parse(&Overlay::new(&[0; 6], [1, 2, 3], &[f32::NAN; 6]).chart());
    parse(&ScatterChart::new("t").chart());
    parse(&ScatterChart::new("t").points("s", &[f32::NAN], &[1.0]).chart());
    parse(&Histogram::new("t").chart());
    parse(&Histogram::new("t").values("s", &[]).values("r", &[2.0, 2.0]).chart());
    parse(&HeatMap::new("t", &[], [0, 0]).chart());
    parse(&HeatMap::new("t", &[f32::NAN; 4], [2, 2]).chart());
}

#[test]
fn constant_and_extreme_values_have_an_axis() {
    for values in [[0.0; 3], [5.0; 3], [-1e30, 0.0, 1e30], [f32::MIN_POSITIVE; 3], [f32::MIN, f32::MAX, 0.0]]
    {
        let chart = LineChart::new("t").line("s", &values).chart();
        assert!(texts(&parse(&chart)).len() >= 3, "{values:?}");
    }
}

#[test]
fn the_curves_axis_stands_still_while_epochs_arrive() {
    let first_dot = |values: &[f32]| {
        let chart = Curves::new(10).panel("loss", &[("train", values)]).chart();
        number(&elements(&parse(&chart), "circle")[0], "cx")
    };
    assert_eq!(first_dot(&[2.0]), first_dot(&[2.0, 1.0, 0.5]));
}

#[test]
fn a_band_lies_between_its_edges_in_the_colour_of_the_next_line() {
    let x = [0.0, 1.0, 2.0];
    let chart = LineChart::new("t").band("b", &x, &[1.0, 1.0, 1.0], &[3.0, 3.0, 3.0]).line_xy(
        "m",
        &x,
        &[2.0, 2.0, 2.0],
    );
    let chart = chart.chart();
    let document = parse(&chart);
    let [band] = elements(&document, "polygon")[..] else { panic!("one band") };
    assert_eq!(band.attribute("fill"), Some(first_color().as_str()));
    let ys: Vec<f64> = band
        .attribute("points")
        .unwrap()
        .split_whitespace()
        .map(|point| point.split_once(',').unwrap().1.parse().unwrap())
        .collect();
    let dot = number(&elements(&document, "circle")[0], "cy");
    assert!(ys.iter().any(|&y| y < dot) && ys.iter().any(|&y| y > dot) && ys.len() == 6, "{dot} in {ys:?}");
}

#[test]
fn a_band_has_a_gap_where_an_edge_is_not_a_number() {
    let x = [0.0, 1.0, 2.0, 3.0, 4.0];
    let chart = LineChart::new("t").band("b", &x, &[0.0; 5], &[1.0, 1.0, f32::NAN, 1.0, 1.0]).chart();
    assert_eq!(elements(&parse(&chart), "polygon").len(), 2);
}

#[test]
fn clouds_of_points_have_one_dot_a_point() {
    let chart = ScatterChart::new("t")
        .points("a", &[1.0, 2.0, f32::NAN], &[1.0, 2.0, 3.0])
        .points("b", &[3.0], &[4.0])
        .chart();
    assert_eq!(elements(&parse(&chart), "circle").len(), 3);
}

#[test]
fn the_bars_of_a_histogram_hold_every_value_once() {
    let values: Vec<f32> = (0..100).map(|i| (i * i) as f32).chain([f32::NAN]).collect();
    let chart = Histogram::new("t").bins(10).values("s", &values).chart();
    let document = parse(&chart);
    let bars: Vec<_> = elements(&document, "rect")
        .into_iter()
        .filter(|bar| bar.attribute("fill") == Some(&first_color()))
        .collect();
    let heights: Vec<f64> = bars.iter().map(|bar| number(bar, "height")).collect();
    // Squares: 32 of 0..100 lie in the first tenth, 5 in the last.
    assert_eq!(bars.len(), 10);
    assert!((heights[0] / heights[9] - 32.0 / 6.0).abs() < 0.5, "{heights:?}");
}

#[test]
fn a_heat_map_is_dark_where_it_is_high_and_grey_where_there_is_no_number() {
    let chart = HeatMap::new("t", &[0.0, 1.0, f32::NAN, 0.5], [2, 2]).numbers(true).chart();
    let document = parse(&chart);
    let fills: Vec<_> = elements(&document, "rect")
        .iter()
        .filter_map(|cell| cell.attribute("fill"))
        .skip(1)
        .take(4)
        .collect();
    assert_eq!(fills, ["#FFFFFF", "#08306B", "#E4E4E4", "#6BAED6"]);
    assert_eq!(
        texts(&document).iter().filter(|text| ["0.00", "1.00", "0.50"].contains(&text.as_str())).count(),
        3
    );
}

#[test]
fn a_diverging_heat_map_is_white_at_zero() {
    let chart = HeatMap::new("t", &[-1.0, 0.0, 2.0], [1, 3]).diverging().chart();
    let document = parse(&chart);
    let fill = |cell: usize| elements(&document, "rect")[1 + cell].attribute("fill").unwrap().to_owned();
    assert_eq!([fill(1), fill(2)], ["#FFFFFF", "#084594"]);
}

#[test]
fn a_legend_that_does_not_fit_beside_the_title_stands_below_it() {
    let names = ["a rather long name", "another long name", "a third long name", "and one more name"];
    let chart = |title: &str| {
        names.iter().fold(LineChart::new(title), |chart, name| chart.line(*name, &[1.0, 2.0])).chart()
    };
    let chart = chart("A title that takes its room");
    let document = parse(&chart);
    let width = number(&document.root_element(), "width") * f64::from(style::UNITS);
    for text in elements(&document, "text").iter().filter(|text| names.contains(&text.text().unwrap().trim()))
    {
        assert!(number(text, "y") > 60.0 && number(text, "x") < width - 100.0);
    }
}

#[test]
fn bars_are_as_long_as_their_values() {
    let chart = BarChart::new("t", &["a", "b", "c"]).bars("s", &[10.0, 5.0, -5.0]).chart();
    let document = parse(&chart);
    let bars: Vec<_> = elements(&document, "rect")
        .into_iter()
        .filter(|bar| bar.attribute("fill") == Some(&first_color()))
        .collect();
    let widths: Vec<_> = bars.iter().map(|bar| number(bar, "width")).collect();
    assert!((widths[0] / widths[1] - 2.0).abs() < 0.02 && (widths[1] - widths[2]).abs() <= 1.0, "{widths:?}");
    assert!(((number(&bars[2], "x") + widths[2]) - number(&bars[0], "x")).abs() <= 1.0);
}

#[test]
fn the_confusion_matrix_counts_rows_of_truth() {
    let matrix = ConfusionMatrix::new(&[0, 0, 0, 1, 2], &[0, 1, 1, 1, 0], &["a", "b", "c"]);
    let counts: Vec<_> = (0..9).map(|cell| matrix.count(cell / 3, cell % 3)).collect();
    assert_eq!(counts, [1, 2, 0, 0, 1, 0, 1, 0, 0]);
    assert_eq!(matrix.accuracy(), 0.4);
    assert_eq!(
        matrix,
        ConfusionMatrix::from_counts(&[vec![1, 2, 0], vec![0, 1, 0], vec![1, 0, 0]], &["a", "b", "c"])
    );
    assert!(
        matrix
            .chart()
            .text()
            .contains("a: 1 of 3 right, 2 taken for b; b: 1 of 1 right; c: 0 of 1 right, 1 taken for a")
    );
    assert!(texts(&parse(&matrix.chart())).contains(&"Confusion matrix, 40.0 % of 5 right".into()));
}

#[test]
fn pictures_of_a_grid_keep_every_pixel() {
    let red_then_blue = [255, 0, 0, 0, 0, 255];
    let chart =
        ImageGrid::new().image(&red_then_blue, [3, 1, 2], "a").image(&[9, 200], [1, 2, 1], "b").chart();
    let document = parse(&chart);
    let expected = [(2, 1, vec![255, 0, 0, 0, 0, 255]), (1, 2, vec![9, 9, 9, 200, 200, 200])];
    assert_eq!(pictures(&document), expected);
    // Proportions are kept.
    let images = elements(&document, "image");
    assert_eq!(number(&images[0], "width"), 2.0 * number(&images[0], "height"));
    assert_eq!(2.0 * number(&images[1], "width"), number(&images[1], "height"));
}

#[test]
fn floats_are_cut_to_the_range_of_bytes() {
    let chart = ImageGrid::new().image_f32(&[-1.0, 0.5, 2.0, f32::NAN], [1, 1, 4], "").chart();
    let values: Vec<_> = pictures(&parse(&chart))[0].2.iter().step_by(3).copied().collect();
    assert_eq!(values, [0, 128, 255, 0]);
}

#[test]
fn an_overlay_is_brightest_where_the_map_is_highest() {
    let chart = Overlay::new(&[100; 4], [1, 2, 2], &[0.0, 0.0, 3.0, 1.0]).chart();
    let panels = pictures(&parse(&chart));
    let [_bar, picture, map, both] = panels.as_slice() else {
        panic!("four pictures, found {}", panels.len())
    };
    assert_eq!(picture.2, [100; 12]);
    assert_eq!((&map.2[..3], &map.2[6..9]), (&[0, 0, 4][..], &[252, 255, 164][..]));
    assert_eq!(both.2[0], both.2[1], "without heat the picture is grey");
    assert!(both.2[6] > both.2[8], "with heat it is yellow");
}

#[test]
fn numbers_are_short_and_right() {
    let cases = [
        (0.0, "0"),
        (-0.5, "-0.5"),
        (1234.5, "1234"),
        (12.345, "12.35"),
        (0.1 + 0.2, "0.3"),
        (1e6, "1e6"),
        (1.234e-5, "1.23e-5"),
    ];
    for (value, text) in cases {
        assert_eq!(style::number(value), text);
    }
}

#[test]
fn a_chart_and_its_builder_show_the_same_picture_and_text() {
    let plot = LineChart::new("t").line("s", &[1.0, 2.0]);
    let bundle = plot.bundle();
    assert_eq!(bundle, plot.chart().bundle());
    assert_eq!(bundle.plain(), Some("t: s, 2 points from 1 to 2"));
    assert!(bundle.get("image/svg+xml").is_some());
}

#[test]
fn a_chart_is_saved_as_its_svg() {
    let file = std::env::temp_dir().join(format!("ferrolab-chart-{}.svg", std::process::id()));
    let plot = LineChart::new("t").line("s", &[1.0]);
    plot.save(&file).unwrap();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), plot.chart().svg());
    std::fs::remove_file(file).unwrap();
}

#[test]
fn a_row_of_wide_pictures_is_no_higher_than_they_are() {
    let height = |shape: [usize; 3]| {
        let chart = ImageGrid::new().side(200).image(&[7; 8], shape, "").image(&[7; 8], shape, "").chart();
        number(&parse(&chart).root_element(), "height")
    };
    assert_eq!(height([1, 2, 4]) + 100.0, height([1, 4, 2]));
}

#[test]
fn maps_in_a_grid_have_the_colours_of_their_numbers_and_the_size_asked_for() {
    let grid = ImageGrid::new()
        .side(100)
        .heat(&[0.0, 3.0], [1, 2], "from dark to bright")
        .signed_heat(&[-2.0, 0.0, 1.0], [1, 3], "around zero, a long caption")
        .overlay(&[1.0; 3], [3, 1, 1], &[0.0], "nothing to see");
    let chart = grid.chart();
    let document = parse(&chart);
    let tiles = pictures(&document);
    assert_eq!(tiles[0].2, [0, 0, 4, 252, 255, 164]);
    assert_eq!((&tiles[1].2[..6], tiles[1].2[8] > tiles[1].2[6]), (&[179, 88, 6, 255, 255, 255][..], true));
    assert_eq!(tiles[2].2, [255; 3]);
    let first = elements(&document, "image")[0];
    assert_eq!((number(&first, "width"), number(&first, "height")), (200.0, 100.0));
    assert!(texts(&document).contains(&"around zero, a lo…".to_owned()), "{:?}", texts(&document));
}

#[test]
#[should_panic(expected = "the number of pixels for the shape [3, 2, 2] ([C, H, W])")]
fn pixels_that_do_not_fit_the_shape_panic_with_it() {
    let _ = ImageGrid::new().image(&[0; 4], [3, 2, 2], "");
}

#[test]
#[should_panic(expected = "a label is below 2, found 1 and 2")]
fn a_label_without_a_class_panics_with_both() {
    let _ = ConfusionMatrix::new(&[1], &[2], &["a", "b"]);
}
