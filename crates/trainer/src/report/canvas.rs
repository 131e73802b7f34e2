//! One drawing: axes, lines, bands and labels, as the inner part of an SVG element.

use std::ops::Range;

use plotters::{
    backend::SVGBackend,
    chart::{ChartBuilder, ChartContext},
    coord::cartesian::Cartesian2d,
    drawing::IntoDrawingArea,
    element::{Circle, EmptyElement, PathElement, Polygon, Text},
    style::{
        Color, FontDesc, FontFamily, FontStyle, ShapeStyle, TRANSPARENT, TextStyle,
        text_anchor::{HPos, Pos, VPos},
    },
};

use super::{axes::Axis, ink::Ink};

/// Units of a drawing in a pixel of the page. plotters places everything at whole units: with four, lines keep their form.
const UNITS: f64 = 4.0;

/// Height of a label's letters in pixels.
const LABEL: f64 = 11.5;

/// Width of a typical letter of a label in pixels, in wide fonts.
pub const LETTER: f64 = 7.0;

/// Where a drawing is and how large, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Across, with everything beside the axes.
    pub width: u32,
    /// From the top to below the labels.
    pub height: u32,
    /// Room beside the axes at the right, for labels of lines.
    pub right: u32,
}

/// Room above the axes, so that the topmost label is whole.
const TOP: u32 = 10;
/// Room below the axes, for their labels.
const BOTTOM: u32 = 22;

/// Room left of the axes, at least: half of the first label below them.
const LEFT_MIN: f64 = 36.0;

impl Size {
    /// Pixels from the top of the axes to their bottom.
    #[must_use]
    pub fn height_of_axes(self) -> f64 {
        f64::from(self.height - TOP - BOTTOM)
    }

    /// Pixels from the left of the axes to their right, where `y` labels them.
    #[must_use]
    pub fn width_of_axes(self, y: &Axis) -> f64 {
        f64::from(self.width - self.right) - room_for_labels(y)
    }
}

/// A drawing with its axes, on which to draw.
pub struct Canvas<'a> {
    chart: ChartContext<'a, SVGBackend<'a>, Cartesian2d<Axis, Axis>>,
    bottom: f64,
    top: f64,
}

/// Why nothing of plotters' errors is passed on.
const IN_MEMORY: &str = "drawing into a string writes no file and loads no font";

/// Draws the axes, then what `paint` adds; the inner part of an SVG element whose `viewBox` is [`view_box`].
pub fn draw(size: Size, x: &Axis, y: &Axis, paint: impl FnOnce(&mut Canvas<'_>)) -> String {
    let mut text = String::new();
    {
        let root =
            SVGBackend::with_string(&mut text, (pixels(size.width.into()), pixels(size.height.into()))).into_drawing_area();
        let chart = ChartBuilder::on(&root)
            .margin_top(pixels(TOP.into()))
            .margin_right(pixels(size.right.into()))
            .x_label_area_size(pixels(BOTTOM.into()))
            .y_label_area_size(pixels(room_for_labels(y)))
            .build_cartesian_2d(x.clone(), y.clone())
            .expect(IN_MEMORY);
        let mut canvas = Canvas { chart, bottom: y.range.start, top: y.range.end };
        canvas.axes();
        paint(&mut canvas);
        canvas.baseline(Ink::Label);
    }
    // The element itself is the page's, with its title and description.
    let inner = text.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"));
    inner.map(|(inner, _)| inner.to_owned()).expect("plotters writes one svg element")
}

/// The `viewBox` of a drawing.
#[must_use]
pub fn view_box(size: Size) -> String {
    format!("0 0 {} {}", pixels(size.width.into()), pixels(size.height.into()))
}

/// Pixels left of the axes.
fn room_for_labels(y: &Axis) -> f64 {
    let widest = y.ticks.iter().map(|(_, label)| label.chars().count()).max().unwrap_or(0);
    (widest as f64 * LETTER + 10.0).max(LEFT_MIN)
}

fn pixels(count: f64) -> u32 {
    (count * UNITS).round() as u32
}

fn offset(count: f64) -> i32 {
    (count * UNITS).round() as i32
}

fn stroke(ink: Ink, width: f64) -> ShapeStyle {
    ShapeStyle { color: ink.color().to_rgba(), filled: false, stroke_width: pixels(width) }
}

fn label_style(ink: Ink, bold: bool, anchor: Pos) -> TextStyle<'static> {
    let weight = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // plotters divides the size by 1.24 to get from its boxes to letters.
    let font = FontDesc::new(FontFamily::SansSerif, LABEL * UNITS * 1.24, weight);
    TextStyle { font, color: ink.color().to_backend_color(), pos: anchor }
}

impl Canvas<'_> {
    fn axes(&mut self) {
        self.chart
            .configure_mesh()
            // The grid leads to the labels; without it, plotters' axes would draw a line and marks at the left, too.
            .axis_style(TRANSPARENT)
            .bold_line_style(stroke(Ink::Grid, 1.0))
            .set_all_tick_mark_size(pixels(5.0))
            .label_style(label_style(Ink::Label, false, Pos::default()))
            .draw()
            .expect(IN_MEMORY);
    }

    /// A line through points. One point alone shows as a dot.
    pub fn line(&mut self, points: &[(f64, f64)], ink: Ink, width: f64) {
        let mut points: Vec<_> = points.iter().map(|&(x, y)| (x, self.within(y))).collect();
        if let [alone] = points[..] {
            points.push(alone);
        }
        self.chart.plotting_area().draw(&PathElement::new(points, stroke(ink, width))).expect(IN_MEMORY);
    }

    /// The area between a lower and an upper line, `alpha` opaque.
    pub fn band(&mut self, points: &[(f64, [f64; 2])], ink: Ink, alpha: f64) {
        let lower = points.iter().map(|&(x, [low, _])| (x, self.within(low)));
        let upper = points.iter().rev().map(|&(x, [_, high])| (x, self.within(high)));
        let outline: Vec<_> = lower.chain(upper).collect();
        self.chart.plotting_area().draw(&Polygon::new(outline, ink.color().mix(alpha).filled())).expect(IN_MEMORY);
    }

    /// A dot, filled or a ring.
    pub fn dot(&mut self, (x, y): (f64, f64), ink: Ink, filled: bool) {
        let style = ShapeStyle { filled, ..stroke(ink, 2.0) };
        self.chart.plotting_area().draw(&Circle::new((x, self.within(y)), pixels(4.0), style)).expect(IN_MEMORY);
    }

    /// A small dot.
    pub fn speck(&mut self, (x, y): (f64, f64), ink: Ink) {
        let style = ShapeStyle { filled: true, ..stroke(ink, 1.0) };
        self.chart.plotting_area().draw(&Circle::new((x, self.within(y)), pixels(2.0), style)).expect(IN_MEMORY);
    }

    /// A label beside the right end of a line, moved by `down` pixels, with a leader to where the line ends.
    pub fn end_label(&mut self, (x, y): (f64, f64), down: f64, text: &str, ink: Ink, bold: bool) {
        let style = label_style(if bold { ink } else { Ink::Label }, bold, Pos::new(HPos::Left, VPos::Center));
        let leader = PathElement::new(vec![(offset(3.0), 0), (offset(13.0), offset(down))], stroke(ink, 1.0));
        let text = Text::new(text.to_owned(), (offset(16.0), offset(down)), style);
        self.chart.plotting_area().draw(&(EmptyElement::at((x, self.within(y))) + leader + text)).expect(IN_MEMORY);
    }

    /// A label whose middle is `right` and `down` pixels away from a point.
    pub fn label(&mut self, (x, y): (f64, f64), (right, down): (f64, f64), text: &str, ink: Ink, bold: bool) {
        let style = label_style(ink, bold, Pos::new(HPos::Center, VPos::Center));
        let text = Text::new(text.to_owned(), (offset(right), offset(down)), style);
        self.chart.plotting_area().draw(&(EmptyElement::at((x, self.within(y))) + text)).expect(IN_MEMORY);
    }

    /// A broad line of the grid from the bottom to the top.
    pub fn upright(&mut self, x: f64) {
        self.line(&[(x, self.bottom), (x, self.top)], Ink::Grid, 2.5);
    }

    /// A line along the bottom.
    pub fn baseline(&mut self, ink: Ink) {
        let Range { start, end } = self.chart.x_range();
        self.line(&[(start, self.bottom), (end, self.bottom)], ink, 1.0);
    }

    /// The nearest value that lies on the axis: plotters does not cut lines at its edge.
    fn within(&self, y: f64) -> f64 {
        y.clamp(self.bottom, self.top)
    }
}
