//! Columns that line up.

use super::text::{fit, pad, width};

/// One line a row, every column as wide as its widest cell, two blanks between columns, none at
/// the end; columns that are empty in every row take no room. Cells are clean text without
/// colours. Lines are cut to `columns` where that is given.
pub fn align(rows: &[Vec<String>], columns: Option<usize>) -> Vec<String> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).map_or(0, |cell| width(cell));
    let widths: Vec<usize> = (0..count)
        .map(|column| rows.iter().map(|row| cell(row, column)).max().unwrap_or(0))
        .collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).filter(|(_, width)| **width > 0);
        let cells: Vec<String> = cells.map(|(cell, width)| pad(cell, *width)).collect();
        let line = cells.join("  ").trim_end().to_owned();
        columns.map_or_else(|| line.clone(), |columns| fit(&line, columns).into_owned())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn columns_line_up_and_empty_ones_vanish() {
        let rows = [row(&["a", "", "long"]), row(&["漢字", "", "x"])];
        assert_eq!(align(&rows, None), ["a     long", "漢字  x"]);
        assert_eq!(align(&rows, Some(7))[0], "a     …");
    }
}
