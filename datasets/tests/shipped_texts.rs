//! The tables, texts, series and ratings that come with the project, compared with what pandas, Python's csv, seqeval and vaderSentiment
//! read from the same files (`tests/peers/datasets_texts_fixture.py` makes the fixture).

use ferrolab_datasets as datasets;
use ferrolab_datasets::{
    Book, Place, SentencePairs, Series, Split, TaggedSentences, TextSet, list, path, sha256, table,
};
use serde_json::{Value, json};

fn expected(name: &str) -> Value {
    let fixture: Value = serde_json::from_str(include_str!("fixtures/texts.json")).unwrap();
    assert!(!fixture[name].is_null(), "{name}");
    fixture[name].clone()
}

/// The sum of all texts, each followed by a zero byte.
fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend(text.as_bytes());
        bytes.push(0);
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    sha256(file.path()).unwrap()
}

fn strings(texts: &[String]) -> impl Iterator<Item = &str> {
    texts.iter().map(String::as_str)
}

fn close(a: f64, b: &Value) {
    let b = b.as_f64().unwrap();
    assert!((a - b).abs() <= 1e-9 * b.abs().max(1.0), "{a} {b}");
}

fn texts_agree(name: &str, split: &Split<TextSet>) {
    let expected = expected(name);
    for (part, set) in [("train", &split.train), ("test", &split.test)] {
        let expected = &expected[part];
        assert_eq!(expected["len"], set.len(), "{name} {part}");
        assert_eq!(expected["class_counts"], json!(set.class_counts()), "{name} {part}");
        assert_eq!(expected["first_labels"], json!(set.labels[..20]), "{name} {part}");
        assert_eq!(expected["texts"], digest(strings(&set.texts)), "{name} {part}");
    }
    assert_eq!(split.train.classes, split.test.classes);
}

#[test]
fn mails_are_what_python_reads() {
    texts_agree("spamassassin", &datasets::spamassassin().unwrap());
}

#[test]
fn reviews_are_what_python_reads() {
    texts_agree("movie-reviews", &datasets::movie_reviews().unwrap());
}

#[test]
fn help_topics_are_what_pandas_reads() {
    texts_agree("help-topics", &datasets::help_topics().unwrap());
}

#[test]
fn sentence_pairs_are_what_pandas_reads() {
    let expected = expected("english-french");
    let data = datasets::english_french().unwrap();
    let agree = |part: &str, pairs: &SentencePairs| {
        let (expected, short) = (&expected[part], pairs.up_to_words(12));
        assert_eq!(expected["len"], pairs.len());
        assert_eq!(expected["source"], digest(strings(&pairs.source)));
        assert_eq!(expected["target"], digest(strings(&pairs.target)));
        assert_eq!(expected["up_to_12_words"], short.len());
        assert_eq!(expected["short_target"], digest(strings(&short.target)));
    };
    agree("train", &data.train);
    agree("test", &data.test);
    assert_eq!(data.test.first(2).len(), 2);
}

#[test]
fn names_are_those_that_seqeval_finds() {
    let expected = expected("names");
    let agree = |part: &str, data: &TaggedSentences| {
        let expected = &expected[part];
        assert_eq!(expected["len"], data.len(), "{part}");
        assert_eq!(expected["tag_counts"], json!(data.tag_counts()), "{part}");
        let counts: Vec<_> = data.entity_counts().into_iter().map(|(_, count)| count).collect();
        assert_eq!(expected["entities"], json!(counts), "{part}");
        assert_eq!(
            expected["tokens"],
            digest(data.sentences.iter().flat_map(|sentence| strings(&sentence.tokens)))
        );
        assert_eq!(
            expected["origins"],
            digest(data.sentences.iter().map(|sentence| sentence.origin.as_str()))
        );
    };
    let data = datasets::ner_kjv().unwrap();
    agree("train", &data.train);
    agree("dev", &data.dev);
    agree("test", &data.test);
    agree("test_newbooks", &datasets::ner_kjv_new_books().unwrap());
}

#[test]
fn series_are_what_pandas_reads() {
    let expected = expected("series");
    let agree = |name: &str, series: Series| {
        let expected = &expected[name];
        assert_eq!(expected["len"], series.len(), "{name}");
        close(series.times.iter().sum(), &expected["times"]);
        close(series.values.iter().sum(), &expected["values"]);
        close(series.values[series.len() - 1], &expected["last"]);
    };
    agree("sunspots", datasets::sunspots().unwrap());
    agree("sunspots-monthly", datasets::sunspots_monthly().unwrap());
    agree("nile", datasets::nile().unwrap());
    agree("airline-passengers", datasets::airline_passengers().unwrap());
    agree("co2", datasets::co2().unwrap());
}

#[test]
fn books_are_what_python_reads() {
    let expected = expected("books");
    let agree = |name: &str, book: Book| {
        let expected = &expected[name];
        assert_eq!(expected["characters"], book.text.chars().count(), "{name}");
        assert_eq!(expected["vocabulary"], book.characters().len(), "{name}");
        assert_eq!(expected["text"], digest([book.text.as_str()]), "{name}");
    };
    agree("pride-and-prejudice", datasets::pride_and_prejudice().unwrap());
    agree("emma", datasets::emma().unwrap());
    agree("moby-dick", datasets::moby_dick().unwrap());
}

#[test]
fn the_lexicon_is_the_one_that_vader_reads() {
    let expected = expected("lexicon");
    let lexicon = datasets::vader_lexicon().unwrap();
    assert_eq!(expected["len"], lexicon.len());
    let sum: f64 = lexicon.ratings.values().map(|&rating| f64::from(rating)).sum();
    assert!((sum - expected["sum"].as_f64().unwrap()).abs() < 1e-3, "{sum}");
    for (word, rating) in expected["words"].as_object().unwrap() {
        assert_eq!(
            lexicon.rating(word).map(f64::from).map(|found| (found * 10.0).round() / 10.0),
            rating.as_f64(),
            "{word}"
        );
    }
}

#[test]
fn ratings_and_their_latest_fifth_are_what_pandas_computes() {
    let expected = expected("movielens-small");
    let data = datasets::movielens_small().unwrap();
    assert_eq!((json!(data.len()), json!(data.users)), (expected["len"].clone(), expected["users"].clone()));
    assert_eq!(expected["films"], data.films.len());
    assert_eq!(expected["titles"], digest(data.films.iter().map(|film| film.title.as_str())));
    assert_eq!(expected["without_year"], data.films.iter().filter(|film| film.year.is_none()).count());
    let genres: Vec<_> = data.films.iter().flat_map(|film| strings(&film.genres)).collect();
    assert_eq!(expected["genres"], genres.len());
    assert_eq!(expected["drama"], genres.iter().filter(|genre| **genre == "Drama").count());
    let sum = |stars: &[f32]| stars.iter().map(|&stars| f64::from(stars)).sum();
    close(sum(&data.stars), &expected["sum"]);

    let test = data.split().test;
    assert_eq!(expected["test"]["len"], test.len());
    assert_eq!(expected["test"]["time"], test.time.iter().sum::<i64>());
    close(sum(&test.stars), &expected["test"]["sum"]);
}

#[test]
fn films_are_what_pandas_reads() {
    let expected = expected("films");
    let films = datasets::films_wikidata().unwrap();
    assert_eq!(expected["len"], films.len());
    assert_eq!(expected["titles"], digest(films.iter().map(|film| film.title.as_str())));
    assert_eq!(expected["genres"], films.iter().map(|film| film.genres.len()).sum::<usize>());
    assert_eq!(expected["directors"], films.iter().map(|film| film.directors.len()).sum::<usize>());
    assert_eq!(expected["actors"], films.iter().map(|film| film.actors.len()).sum::<usize>());
    assert_eq!(expected["languages"], films.iter().map(|film| film.languages.len()).sum::<usize>());
    assert_eq!(expected["countries"], films.iter().map(|film| film.countries.len()).sum::<usize>());
    assert_eq!(expected["without_minutes"], films.iter().filter(|film| film.minutes.is_none()).count());
    close(films.iter().filter_map(|film| film.year).map(f64::from).sum(), &expected["years"]);
    close(films.iter().filter_map(|film| film.oscars).map(f64::from).sum(), &expected["oscars"]);
    close(films.iter().filter_map(|film| film.minutes).map(f64::from).sum(), &expected["minutes"]);
    close(films.iter().filter_map(|film| film.tomatometer).map(f64::from).sum(), &expected["tomatometer"]);
    close(films.iter().filter_map(|film| film.reviews).map(f64::from).sum(), &expected["reviews"]);
}

#[test]
fn the_description_of_a_table_says_what_pandas_finds_in_its_columns() {
    for (name, expected) in expected("tables").as_object().unwrap() {
        let table = table(name).unwrap();
        let text = table.describe().unwrap().to_string();
        let columns = expected["columns"].as_object().unwrap();
        assert!(text.contains(&format!("{} rows, {} columns", expected["rows"], columns.len())), "{text}");
        assert_eq!(table.card.columns.len(), columns.len(), "{name}");
        for column in table.card.columns {
            let expected = &columns[column.name];
            let line = text
                .lines()
                .find(|line| {
                    line.split_once("  ").is_some()
                        && line.trim_start().starts_with(&format!("{}  ", column.name))
                })
                .or_else(|| {
                    text.lines().find(|line| line.trim_start().starts_with(&format!("{} ", column.name)))
                })
                .unwrap_or_else(|| panic!("{name}: {} is not in\n{text}", column.name));
            assert!(line.contains(column.about) && line.contains(column.unit), "{line}");
            if let (Some(low), Some(high)) = (expected["low"].as_f64(), expected["high"].as_f64()) {
                assert!(line.contains(&format!(": {low} to {high}")), "{low} to {high}: {line}");
            }
            match expected["missing"].as_u64() {
                Some(0) => assert!(!line.ends_with("missing"), "{line}"),
                missing => assert!(line.ends_with(&format!("; {} missing", missing.unwrap())), "{line}"),
            }
        }
    }
}

#[test]
fn every_description_says_size_source_and_licence() {
    let texts = [
        datasets::clipart32().unwrap().describe(),
        datasets::spamassassin().unwrap().describe(),
        datasets::english_french().unwrap().describe(),
        datasets::ner_kjv().unwrap().describe(),
        datasets::sunspots().unwrap().describe(),
        datasets::emma().unwrap().describe(),
        datasets::vader_lexicon().unwrap().describe(),
        datasets::movielens_small().unwrap().describe(),
        datasets::titanic().unwrap().describe().unwrap(),
    ];
    for text in texts {
        println!("{text}\n");
        let text = text.to_string();
        assert!(text.contains("\nsource ") && text.contains("\nlicence "), "{text}");
        assert!(text.lines().count() > 4 && text.lines().all(|line| line.chars().count() < 160), "{text}");
    }
}

#[test]
fn the_list_names_every_folder_and_every_folder_its_source() {
    println!("{}", list());
    let mut total = 0;
    for folder in std::fs::read_dir(path("")).unwrap() {
        let folder = folder.unwrap();
        let name = folder.file_name().into_string().unwrap();
        let source = std::fs::read_to_string(folder.path().join("SOURCE.md")).unwrap();
        assert!(source.starts_with(&format!("# {name}: ")), "{name}");
        assert!(source.contains("icence"), "{name}");
        let in_it = |file: &str| file == name || file.starts_with(&format!("{name}/"));
        assert!(
            list().cards().any(|card| matches!(card.place, Place::Shipped(file) if in_it(file))),
            "no card for {name}"
        );
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let size = file.unwrap().metadata().unwrap().len();
            assert!(size <= 6 << 20, "{name}: {size}");
            total += size;
        }
    }
    assert!(total <= 40 << 20, "{total}");
    for card in list().cards() {
        assert!(card.is_here() || matches!(card.place, Place::Download(_)), "{}", card.name);
    }
}

#[test]
fn an_unknown_table_lists_the_known_ones() {
    let text = table("titanik").unwrap_err().to_string();
    assert!(text.starts_with("there is no table `titanik`; there are: titanic, penguins, iris, "), "{text}");
}
