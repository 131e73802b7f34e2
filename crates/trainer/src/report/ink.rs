//! The colours, by what they stand for.

use std::fmt::Write as _;

use plotters::style::RGBColor;

/// How opaque the band between the 0.1 and the 0.9 quantile is.
pub(super) const INNER_BAND: f64 = 0.42;

/// How opaque the band between the 0.9 and the 0.99 quantile is.
pub(super) const OUTER_BAND: f64 = 0.2;

/// What a colour stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// What was measured.
    Measured,
    /// The champion and what it forecast.
    Champion,
    /// Learned models that would not serve.
    Learned,
    /// Plain models.
    Plain,
    /// Before calibration.
    Before,
    /// Capacity that follows what was measured last.
    Reactive,
    /// Capacity by what was measured a week before.
    Seasonal,
    /// Capacity by what is usual for the hour.
    Hourly,
    /// Demand that was not served.
    Violation,
    /// Labels.
    Label,
    /// Lines of the grid.
    Grid,
}

impl Ink {
    const ALL: [Self; 11] = [
        Self::Measured,
        Self::Champion,
        Self::Learned,
        Self::Plain,
        Self::Before,
        Self::Reactive,
        Self::Seasonal,
        Self::Hourly,
        Self::Violation,
        Self::Label,
        Self::Grid,
    ];

    /// Name of the style sheet's variable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Champion => "champion",
            Self::Learned => "learned",
            Self::Plain => "plain",
            Self::Before => "before",
            Self::Reactive => "reactive",
            Self::Seasonal => "seasonal",
            Self::Hourly => "hourly",
            Self::Violation => "violation",
            Self::Label => "label",
            Self::Grid => "grid",
        }
    }

    /// On light and on dark ground, as 0xRRGGBB. The hues are those of the dashboard and keep apart under the common
    /// forms of colour blindness; no two inks of one ground are the same, since a drawing names its inks by them.
    fn shades(self) -> (u32, u32) {
        match self {
            Self::Measured => (0x17212b, 0xf2f6fa),
            Self::Champion => (0x1273b5, 0x56b0ea),
            Self::Learned => (0x7a4fa3, 0xc29be6),
            Self::Plain => (0x8492a0, 0x677687),
            Self::Before => (0x9a5b00, 0xeaa43c),
            Self::Reactive => (0xb06000, 0xf0ad4e),
            Self::Seasonal => (0xa8327d, 0xe58fc6),
            Self::Hourly => (0x1a7f5a, 0x4cc38a),
            Self::Violation => (0xc9252d, 0xff6b6b),
            Self::Label => (0x566372, 0x9fadba),
            Self::Grid => (0xdde3e9, 0x2b3641),
        }
    }

    /// The colour that drawings bear.
    pub(super) fn color(self) -> RGBColor {
        let [_, red, green, blue] = self.shades().0.to_be_bytes();
        RGBColor(red, green, blue)
    }

    /// A variable for each ink, dark ones on dark ground. The drawings bear the light colours as attributes; any rule of a
    /// style sheet outranks an attribute, and so they follow the ground.
    #[must_use]
    pub fn style_sheet() -> String {
        let (mut light, mut dark, mut rules) = (String::new(), String::new(), String::new());
        for ink in Self::ALL {
            let (name, (on_light, on_dark)) = (ink.name(), ink.shades());
            for (sheet, shade) in [(&mut light, on_light), (&mut dark, on_dark)] {
                write!(sheet, "--{name}:#{shade:06x};").expect("a string takes all text");
            }
            for property in ["fill", "stroke"] {
                writeln!(rules, "svg [{property}=\"#{on_light:06X}\"]{{{property}:var(--{name})}}")
                    .expect("a string takes all text");
            }
        }
        format!(
            ":root{{--inner:{INNER_BAND};--outer:{OUTER_BAND};{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{rules}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_follows_the_ground() {
        let sheet = Ink::style_sheet();
        for (i, ink) in Ink::ALL.into_iter().enumerate() {
            let RGBColor(red, green, blue) = ink.color();
            assert!(sheet.contains(&format!("[stroke=\"#{red:02X}{green:02X}{blue:02X}\"]{{stroke:var(--{})}}", ink.name())));
            assert!(Ink::ALL[..i].iter().all(|other| other.color() != ink.color()), "{ink:?} looks like another");
        }
    }
}
