//! `embedding`: rows of a table, by their numbers.

use crate::array::{Array, Layout};
use crate::cpu::buffer::Buffer;
use crate::cpu::threads;
use crate::cuda::{self, Gpu, Memory};
use crate::raw::Raw;

/// Values that a thread takes at a time.
const BLOCK: usize = 64 * 1024;

/// The rows of `weight`, `[entries, d]`, that `ids` name: of shape `sizes` and `d` behind. The row `padding`, if one is
/// named, gets no gradient.
///
/// ***Panics*** if an id is not below the number of entries, or if there are not as many ids as `sizes` says.
#[track_caller]
pub fn embedding(weight: &Raw, ids: &[usize], sizes: &[usize], padding: Option<usize>) -> Raw {
    let [entries, d] = super::matmul::matrix_sizes("embedding", weight);
    assert!(
        ids.len() == sizes.iter().product::<usize>(),
        "embedding: {} ids do not fill the shape {sizes:?}",
        ids.len()
    );
    if let Some(id) = ids.iter().find(|&&id| id >= entries) {
        panic!("embedding: there is no entry {id} in a table of {entries}");
    }
    let table = weight.array();
    if let Some(gpu) = cuda::active() {
        return on_gpu(gpu, weight, &table, ids, sizes, padding);
    }
    let mut y = Buffer::scratch(ids.len() * d);
    let row = d.max(1);
    let rows = BLOCK.div_ceil(row);
    threads::chunks_mut(&mut y, rows * row, |part, y| {
        for (y, &id) in y.chunks_exact_mut(row).zip(&ids[part * rows..]) {
            y.copy_from_slice(&table.values()[id * d..(id + 1) * d]);
        }
    });
    let sizes: Vec<usize> = sizes.iter().copied().chain([d]).collect();
    let ids = ids.to_vec();
    Raw::from_op("embedding", Array::new(&sizes, Layout::RowMajor, y), &[weight], move |gradient, _| {
        let gradient = gradient.row_major();
        let mut dw = Buffer::scratch(entries * d);
        // Each thread looks for the entries of its part of the table.
        threads::chunks_mut(&mut dw, rows * row, |part, dw| {
            dw.fill(0.0);
            let first = part * rows;
            for (g, &id) in gradient.values().chunks_exact(row).zip(&ids) {
                let at = id.wrapping_sub(first);
                if at < dw.len() / row && Some(id) != padding {
                    dw[at * row..(at + 1) * row].iter_mut().zip(g).for_each(|(dw, g)| *dw += g);
                }
            }
        });
        vec![Some(Array::new(&[entries, d], Layout::RowMajor, dw))]
    })
}

fn on_gpu(
    gpu: &'static Gpu,
    weight: &Raw,
    table: &Array,
    ids: &[usize],
    sizes: &[usize],
    padding: Option<usize>,
) -> Raw {
    let &[entries, d] = table.sizes() else { unreachable!("a table") };
    let rows = gpu.pick(&table.memory(gpu), [1, entries, d], ids);
    let sizes: Vec<usize> = sizes.iter().copied().chain([d]).collect();
    let ids = ids.to_vec();
    Raw::from_op("embedding", Array::on_gpu(&sizes, Layout::RowMajor, rows), &[weight], move |gradient, _| {
        // Beside the zeros, only what was looked up is written.
        let dw = Memory::zeros(gpu, entries * d);
        gpu.add_picked(&gradient.row_major().memory(gpu), [1, entries, d], &ids, padding, &dw);
        vec![Some(Array::on_gpu(&[entries, d], Layout::RowMajor, dw))]
    })
}

/// The whole numbers that a tensor of ids holds.
///
/// ***Panics*** if one is negative or not whole.
#[track_caller]
pub fn ids(x: &Raw) -> Vec<usize> {
    let whole = |&value: &f32| {
        assert!(value >= 0.0 && value.fract() == 0.0, "embedding: {value} is not the number of an entry");
        value as usize
    };
    x.array().row_major().values().iter().map(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::autograd::{backward, check_gradient};
    use crate::cuda::agreement::{agrees_with_the_cpu, scattered};
    use crate::ops;

    fn table() -> Array {
        Array::from_vec(&[4, 3], (0..12).map(|i| i as f32 / 4.0).collect())
    }

    #[test]
    fn gradient() {
        check_gradient(&[table()], |x| embedding(&x[0], &[3, 0, 3, 1], &[2, 2], None));
    }

    #[test]
    fn a_great_table_gives_and_learns_every_row() {
        let table = Array::from_vec(&[5000, 37], (0..5000 * 37).map(|i| i as f32).collect());
        let weight = Raw::new(table.clone()).requires_grad();
        let ids: Vec<usize> = (0..6000).map(|i| i * 7919 % 5000).collect();
        let y = embedding(&weight, &ids, &[6000], None);
        let gradient = backward(&ops::sum(&y)).of_raw(&weight).to_vec();
        for (i, (row, &id)) in y.to_vec().chunks(37).zip(&ids).enumerate() {
            assert_eq!(row, &table.values()[id * 37..(id + 1) * 37], "row {i}");
            let times = ids.iter().filter(|&&other| other == id).count() as f32;
            assert_eq!(gradient[id * 37 + i % 37], times, "entry {id}");
        }
    }

    #[test]
    fn the_padding_gets_no_gradient() {
        let weight = Raw::new(table()).requires_grad();
        let gradients = backward(&ops::sum(&embedding(&weight, &[1, 0, 1], &[3], Some(0))));
        assert_eq!(gradients.of_raw(&weight).to_vec(), [0., 0., 0., 2., 2., 2., 0., 0., 0., 0., 0., 0.]);
    }

    #[test]
    #[should_panic(expected = "embedding: there is no entry 4 in a table of 4")]
    fn the_entry_must_exist() {
        embedding(&Raw::new(table()), &[4], &[1], None);
    }

    #[test]
    #[should_panic(expected = "embedding: 0.5 is not the number of an entry")]
    fn ids_are_whole() {
        ids(&Raw::new(Array::full(&[1], 0.5)));
    }

    #[test]
    fn entries_that_come_very_often_agree_on_every_device() {
        // More rows of one entry than are summed at a time, and rows of whole fours and of others.
        let ids: Vec<usize> = (0..1000).map(|i| if i % 3 == 0 { 2 } else { i * i % 11 }).collect();
        for d in [1, 8, 33] {
            agrees_with_the_cpu(&[scattered(&[11, d])], |x| embedding(&x[0], &ids, &[10, 100], Some(4)));
        }
    }
}
