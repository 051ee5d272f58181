//! In which order cases run.

use std::collections::BTreeMap;
use std::path::Path;

use super::suite::File;

/// How many cases of each file are through after each round but the last.
const ROUNDS: [usize; 4] = [1, 4, 16, 64];

/// Cases of one file that run one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Position of the file.
    pub file: usize,
    /// Positions of the cases in the file, ascending: those of one test share their state.
    pub cases: Vec<usize>,
}

/// File by file.
#[must_use]
pub fn by_file(files: &[File]) -> Vec<Item> {
    let item = |(file, known): (usize, &File)| Item {
        file,
        cases: (0..known.cases).collect(),
    };
    let items = files.iter().enumerate().map(item);
    items.filter(|item| !item.cases.is_empty()).collect()
}

/// So that every beginning is spread over all folders, files and cases: in the first round one case
/// of each file, the folders taking turns; in the next rounds more of each. A file's cases are sorted
/// by fork, and each file begins at another of them: the forks take turns, too.
#[must_use]
pub fn spread(files: &[File]) -> Vec<Item> {
    let mut folders: BTreeMap<Option<&Path>, Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        folders.entry(file.path.parent()).or_default().push(index);
    }
    let folders: Vec<_> = folders.into_values().collect();
    let longest = folders.iter().map(Vec::len).max().unwrap_or(0);
    let turns: Vec<_> = folders.iter().map(|files| permuted(files.len())).collect();
    let mut items = Vec::new();
    let starts = [0].into_iter().chain(ROUNDS);
    let ends = ROUNDS.into_iter().chain([usize::MAX]);
    for (start, end) in starts.zip(ends) {
        for turn in 0..longest {
            for folder in permuted(folders.len()) {
                let Some(place) = turns[folder].get(turn) else {
                    continue;
                };
                let file = folders[folder][*place];
                let count = files[file].cases;
                let cases = permuted(count).into_iter().take(end).skip(start);
                let mut cases: Vec<_> = cases.map(|case| (case + file) % count).collect();
                cases.sort_unstable();
                if !cases.is_empty() {
                    items.push(Item { file, cases });
                }
            }
        }
    }
    items
}

/// `0..count` with every beginning spread over all of it: ordered by the reversed bits.
fn permuted(count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    all.sort_unstable_by_key(|index| index.reverse_bits());
    all
}

/// Keeps the first `limit` cases.
pub fn cut(items: &mut Vec<Item>, limit: usize) {
    let mut left = limit;
    for item in items.iter_mut() {
        item.cases.truncate(left);
        left -= item.cases.len();
    }
    items.retain(|item| !item.cases.is_empty());
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn files() -> Vec<File> {
        let file = |path: &str, cases| File {
            path: path.into(),
            root: "".into(),
            cases,
            unsupported: 0,
        };
        vec![
            file("a/1", 100),
            file("a/2", 1),
            file("a/3", 7),
            file("b/1", 2),
            file("c/1", 0),
        ]
    }

    #[test]
    fn both_orders_have_every_case_once() {
        let files = files();
        for items in [by_file(&files), spread(&files)] {
            let cases = items.iter().flat_map(|item| {
                let cases = item.cases.iter();
                cases.map(move |case| (item.file, *case))
            });
            let all: Vec<_> = cases.collect();
            assert_eq!(all.len(), 110);
            assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 110);
        }
    }

    #[test]
    fn a_slice_has_a_case_of_every_folder_then_of_every_file() {
        let files = files();
        for (limit, folders, of_files) in [(2, 2, 2), (4, 2, 4)] {
            let mut items = spread(&files);
            cut(&mut items, limit);
            let files: BTreeSet<_> = items.iter().map(|item| item.file).collect();
            assert_eq!(files.len(), of_files);
            let folder = |item: &Item| usize::from(item.file == 3);
            let found: BTreeSet<_> = items.iter().map(folder).collect();
            assert_eq!(found.len(), folders);
            assert_eq!(
                items.iter().map(|item| item.cases.len()).sum::<usize>(),
                limit
            );
        }
    }

    #[test]
    fn files_do_not_all_begin_at_their_first_case() {
        let files: Vec<File> = (0..12)
            .map(|index| File {
                path: format!("a/{index}").into(),
                root: "".into(),
                cases: 6,
                unsupported: 0,
            })
            .collect();
        let mut items = spread(&files);
        cut(&mut items, 12);
        for case in 0..6 {
            let with = items.iter().filter(|item| item.cases == [case]);
            assert_eq!(with.count(), 2, "files that begin at case {case}");
        }
    }

    #[test]
    fn a_permutation_begins_with_its_middle() {
        assert_eq!(permuted(8), [0, 4, 2, 6, 1, 5, 3, 7]);
        assert!(permuted(0).is_empty());
    }
}
