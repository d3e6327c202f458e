//! The order in which rows are read where each meets a few tokens: in several places at a time.

use super::{Rows, PANEL_ROWS};
use std::ops::Range;

/// Rows are read in so many places at a time, each a part of all rows, panel by panel. A processor asks memory for what
/// follows the last read up to the end of a page and then has to learn anew; from one place only it gets two thirds of
/// what memory could give (measured on Xeons).
pub(in crate::kernel) const STREAMS: usize = 2;
/// Floats of one row that are multiplied before those of the next stream's.
pub(in crate::kernel) const STREAM_VALUES: usize = 512;

impl Rows<'_> {
    /// The panels of all rows, some of each stream's together (see [`STREAMS`]).
    pub(in crate::kernel) fn streams(&self) -> impl Iterator<Item = StreamPanels> {
        let (rows, each) = (self.count, self.count.div_ceil(PANEL_ROWS).div_ceil(STREAMS));
        (0..each).map(move |index| StreamPanels { index, each, rows })
    }
}

/// The panels, one of each stream, whose rows are multiplied in turns.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct StreamPanels {
    /// Which panel of the stream.
    index: usize,
    /// Panels of a stream.
    each: usize,
    /// Rows of all streams.
    rows: usize,
}

impl StreamPanels {
    /// Which panel of all it is.
    pub(in crate::kernel) fn panel(&self, stream: usize) -> usize {
        stream * self.each + self.index
    }

    /// Which row of all it is.
    pub(in crate::kernel) fn row(&self, stream: usize, row: usize) -> usize {
        self.panel(stream) * PANEL_ROWS + row
    }

    /// How many streams have this row of their panels: the first ones.
    pub(in crate::kernel) fn streams(&self, row: usize) -> usize {
        (0..STREAMS).take_while(|&stream| self.row(stream, row) < self.rows).count()
    }

    /// The rows of the panels, and which streams have them.
    pub(in crate::kernel) fn rows(self) -> impl Iterator<Item = (usize, Range<usize>)> {
        (0..PANEL_ROWS).map(move |row| (row, 0..self.streams(row)))
    }
}
