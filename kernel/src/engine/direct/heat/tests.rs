use super::*;

/// Cells as they are written by people who learn, and whether they are worth optimising.
const CELLS: &[(bool, &str)] = &[
    // Loops whose turns the cell tells.
    (true, "let mut s = 0.0f64; for i in 0..100_000_000u64 { s += i as f64 * 0.5; } s"),
    (false, "let mut s = 0; for i in 0..1_000_000 { s += i; } s"),
    (false, "for i in 0..10 { println!(\"{} squared is {}\", i, i * i); }"),
    (false, "for i in 0..1_000_000 { println!(\"{i}\"); }"),
    (true, "let n = 200_000_000u64; let mut s = 0u64; for i in 0..n { s ^= i; } s"),
    (true, "const N: u64 = 50_000_000; let mut s = 0; let mut i = 0; while i < N { s += i % 7; i += 1; } s"),
    (true, "let mut i = 0u64; loop { i += 1; if i == 300_000_000 { break; } }"),
    (true, "let mut n = 500_000_000u64; while n > 0 { n -= 1; }"),
    (false, "loop {}"),
    (false, "let mut guess = 0; loop { guess += 1; if guess == 42 { break; } } guess"),
    // Iterators.
    (true, "(0..100_000_000u64).filter(|x| x % 3 == 0).map(|x| x * 2).sum::<u64>()"),
    (false, "let squares: Vec<i32> = (1..=10).map(|x| x * x).collect(); squares.iter().sum::<i32>()"),
    (true, "let v: Vec<f64> = (0..30_000_000).map(|i| i as f64).collect(); v.iter().map(|x| x * x).sum::<f64>()"),
    (false, "let names = vec![\"a\", \"b\"]; names.iter().map(|name| name.len()).max()"),
    (false, "let x: Option<i32> = Some(3); x.map(|x| x + 1).unwrap_or(0)"),
    // Recursion.
    (true, "fn fib(n: u64) -> u64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } } fib(40)"),
    (false, "fn fib(n: u64) -> u64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } } fib(10)"),
    (true, "fn fib(n: u64) -> u64 { match n { 0 | 1 => n, _ => fib(n - 1) + fib(n - 2) } } for i in 0..40 { println!(\"{}\", fib(i)); }"),
    (false, "fn factorial(n: u64) -> u64 { if n == 0 { 1 } else { n * factorial(n - 1) } } factorial(20)"),
    (false, "fn gcd(a: u64, b: u64) -> u64 { if b == 0 { a } else { gcd(b, a % b) } } gcd(1_000_000_007, 998_244_353)"),
    (true, "fn hanoi(n: u32, from: u8, to: u8, by: u8) -> u64 { if n == 0 { return 0; } hanoi(n - 1, from, by, to) + 1 + hanoi(n - 1, by, to, from) } println!(\"{}\", hanoi(40, 0, 1, 2));"),
    // Numerics by hand.
    (true, "let n = 400; let a = vec![vec![1.5f64; n]; n]; let mut c = vec![vec![0.0; n]; n];
        for i in 0..n { for j in 0..n { for k in 0..n { c[i][j] += a[i][k] * a[k][j]; } } }"),
    (false, "let n = 4; let a = vec![vec![1.5f64; n]; n]; let mut c = vec![vec![0.0; n]; n];
        for i in 0..n { for j in 0..n { for k in 0..n { c[i][j] += a[i][k] * a[k][j]; } } }"),
    (true, "fn matmul(a: &[Vec<f64>], b: &[Vec<f64>]) -> Vec<Vec<f64>> { let n = a.len(); let mut c = vec![vec![0.0; n]; n];
        for i in 0..n { for j in 0..n { for k in 0..n { c[i][j] += a[i][k] * b[k][j]; } } } c } matmul(&a, &b)"),
    (true, "fn primes(n: usize) -> Vec<usize> { let mut s = vec![true; n + 1]; let mut i = 2;
        while i * i <= n { if s[i] { let mut j = i * i; while j <= n { s[j] = false; j += i; } } i += 1; }
        (2..=n).filter(|&i| s[i]).collect() } primes(20_000_000).len()"),
    (false, "fn is_prime(n: u64) -> bool { let mut i = 2; while i * i <= n { if n % i == 0 { return false; } i += 1; } n > 1 }
        (1..100).filter(|&n| is_prime(n)).count()"),
    (true, "fn is_prime(n: u64) -> bool { let mut i = 2; while i * i <= n { if n % i == 0 { return false; } i += 1; } n > 1 }
        (1..3_000_000).filter(|&n| is_prime(n)).count()"),
    (true, "let mut seed = 42u64; let mut inside = 0; for _ in 0..30_000_000 { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17;
        let x = (seed % 10_000) as f64 / 10_000.0; if x * x <= 1.0 { inside += 1; } } inside"),
    (false, "let x = [1.0, 2.0, 3.0]; let y = [2.0, 4.0, 6.0]; let (mut w, mut b) = (0.0, 0.0);
        for epoch in 0..1000 { for i in 0..3 { let e = w * x[i] + b - y[i]; w -= 0.01 * e * x[i]; b -= 0.01 * e; } }"),
    (true, "let n = 100_000; let mut w = 0.0; let xs: Vec<f64> = (0..n).map(|i| i as f64).collect();
        for epoch in 0..500 { let mut g = 0.0; for x in &xs { g += (w * x - 1.0) * x; } w -= 1e-9 * g / n as f64; }"),
    (false, "let mut x = 1.0f64; while (x * x - 2.0).abs() > 1e-12 { x = (x + 2.0 / x) / 2.0; } x"),
    (true, "let (w, h) = (800, 600); let mut image = vec![0u32; w * h];
        for py in 0..h { for px in 0..w { let (mut x, mut y, mut i) = (0.0f64, 0.0f64, 0);
        while x * x + y * y <= 4.0 && i < 200 { let t = x * x - y * y + px as f64; y = 2.0 * x * y; x = t; i += 1; }
        image[py * w + px] = i; } }"),
    (false, "const W: usize = 20; const H: usize = 20; let mut grid = [[false; W]; H];
        for generation in 0..50 { let old = grid; for y in 0..H { for x in 0..W { let mut n = 0;
        for dy in 0..3 { for dx in 0..3 { if old[(y + dy) % H][(x + dx) % W] { n += 1; } } } grid[y][x] = n == 3; } } }"),
    (true, "let mut longest = 0; for start in 1..1_000_000u64 { let (mut n, mut steps) = (start, 0);
        while n != 1 { n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 }; steps += 1; } longest = longest.max(steps); }"),
    // Texts and maps.
    (false, "use std::collections::HashMap; let text = \"the quick brown fox\"; let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in text.split_whitespace() { *counts.entry(word).or_insert(0) += 1; }"),
    (true, "use std::collections::HashMap; let mut counts: HashMap<u64, u64> = HashMap::new();
        for i in 0..10_000_000u64 { *counts.entry(i % 1000).or_insert(0) += 1; }"),
    // The library's work.
    (false, "let by_class = df.clone().lazy().group_by([col(\"class\")]).agg([col(\"n\").sum().alias(\"total\")]).collect()?;"),
    (false, "df!(\"x\" => (0..100).map(|x| x * x).collect::<Vec<i32>>(), \"y\" => [1, 2, 3])?"),
    (false, "let doubled = df.column(\"n\")?.i32()?.into_iter().map(|n| n.map(|n| n * 2)).collect::<Int32Chunked>();"),
    (false, "LineChart::new(\"loss\").line(\"train\", &[3.0, 2.0, 1.5])"),
    (false, "let history = Trainer::new(Adam::new(1e-3)).epochs(10).batch_size(64).validate(&test).fit(&mut model, &train);"),
    (false, "for epoch in 0..20 { for batch in train.batches(64) { let loss = model.forward(&batch.x).cross_entropy(&batch.y); loss.backward(); } }"),
    (false, "evcxr_figure((640, 480), |root| { root.fill(&WHITE)?; for i in 0..3 { root.draw(&Circle::new((i * 9, 7), 5, RED))?; } Ok(()) })"),
    (false, "let model = sequential!(Input([3, 32, 32]).conv2d(32, 3).relu().flatten().dense(10));"),
    (false, "1 + 1"),
    (false, "let x = 5;"),
    (false, "fn slow() { for i in 0..1_000_000_000 { std::hint::black_box(i * i); } }"),
    // Both: the loop must outweigh what optimising tables costs.
    (false, "let t = df.lazy().group_by([col(\"a\")]).agg([col(\"b\").sum()]).collect()?; let mut s = 0; for i in 0..30_000_000 { s += i; }"),
    (true, "let t = df.lazy().group_by([col(\"a\")]).agg([col(\"b\").sum()]).collect()?; let mut s = 0; for i in 0..1_000_000_000u64 { s += i; }"),
];

#[test]
fn cells_are_hot_when_their_own_code_takes_longer_than_optimising_it() {
    let wrong: Vec<String> = (CELLS.iter())
        .map(|(hot, cell)| (hot, cell, heat(cell, [], &mut Sizes::default())))
        .filter(|(hot, _, heat)| heat.is_hot() != **hot)
        .map(|(hot, cell, heat)| format!("expected {}: {cell}\n{heat:?}", if *hot { "hot" } else { "cold" }))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn functions_and_constants_of_earlier_cells_count_where_they_are_used() {
    let fib = "fn fib(n: u64) -> u64 { if n < 2 { n } else { fib(n - 1) + fib(n - 2) } }";
    let hot = |cell: &str, items: &[&str]| heat(cell, items.iter().copied(), &mut Sizes::default()).is_hot();
    assert!(hot("fib(38)", &[fib]));
    assert!(!hot("fib(8)", &[fib]));
    assert!(!hot("1 + 1", &[fib]));
    let walker = "impl Walker { fn walk(&mut self, steps: u64) { for i in 0..steps { self.at += i * 3; } } }";
    assert!(hot(
        "let mut w = Walker { at: 0 }; w.walk(STEPS);",
        &[walker, "const STEPS: u64 = 100_000_000;"]
    ));
    assert!(!hot("let mut w = Walker { at: 0 }; w.walk(STEPS);", &[walker, "const STEPS: u64 = 100;"]));
    let closure = "let square = |x: u64| { let mut s = 0; for i in 0..100_000 { s += x * i; } s };";
    assert!(hot(&format!("{closure} for i in 0..1000 {{ square(i); }}"), &[]));
}

#[test]
fn what_a_cell_tells_of_its_variables_is_known_to_later_cells() {
    let mut sizes = Sizes::default();
    assert!(!heat("let n = 200_000_000u64;", [], &mut sizes).is_hot());
    let sum = "let mut s = 0; for i in 0..n { s += i; } s";
    assert!(heat(sum, [], &mut sizes).is_hot());
    heat("let n = read_line();", [], &mut sizes);
    assert!(!heat(sum, [], &mut sizes).is_hot());
}

#[test]
fn functions_that_call_each_other_end() {
    let items =
        ["fn a() { for i in 0..9 { b(); b(); } }", "fn b() { a(); c(); c(); }", "fn c() { b(); a(); }"];
    assert!(heat("a(); b(); c();", items, &mut Sizes::default()).work > 0.0);
    assert_eq!(heat("this is no Rust", [], &mut Sizes::default()).work, 0.0);
}
