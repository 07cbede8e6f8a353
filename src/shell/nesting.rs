/// Runs `inner`, which may come back here through what it reads: no deeper than `limit`, as each level takes of the
/// native stack. `depth` is where the reader counts; `None`: too deep.
pub(crate) fn deeper<R, T>(reader: &mut R, depth: fn(&mut R) -> &mut usize, limit: usize, inner: fn(&mut R) -> T) -> Option<T> {
    if *depth(reader) > limit {
        return None;
    }
    *depth(reader) += 1;
    let found = inner(reader);
    *depth(reader) -= 1;
    Some(found)
}
