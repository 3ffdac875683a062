//! [`alike`]: batches of texts that are nearly equally long, so that little is filled up.

/// An epoch's order, made of a random one: sorted by `length`, cut into batches, and the batches in a random order. An incomplete
/// batch stays the last.
pub(super) fn alike<K: Ord>(
    mut order: Vec<usize>,
    batch_size: usize,
    length: impl Fn(usize) -> K,
) -> Vec<usize> {
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(random, &position)| place[position] = random);
    order.sort_by_key(|&position| length(position));
    let (full, rest) = order.split_at(order.len() / batch_size * batch_size);
    let mut batches: Vec<&[usize]> = full.chunks(batch_size).collect();
    // Random and known already: where a batch's last example stood.
    batches.sort_by_key(|batch| batch.last().map(|&position| place[position]));
    [batches.concat(), rest.to_vec()].concat()
}
