//! Forecasts from a state of recent errors, however it came about.

use headroom_core::{
    champion::{Champion, Member, average},
    forecast::Outlook,
    forecasters::{Forecaster, PlainModel},
    online::Online,
};

use crate::{DAY, bits, ensemble, exact_blend, frame, load, lstm, plain, up_to, whole};

#[test]
fn an_ensemble_says_the_mean_of_its_networks() {
    let Member::Ensemble(networks) = ensemble() else { unreachable!() };
    let said: Vec<Outlook> = networks.iter().map(|network| network.model.forecast(whole(), &[700]).remove(0)).collect();
    let together = ensemble().forecast(whole(), &[700]).remove(0);
    assert_eq!(together, average(&said.iter().collect::<Vec<_>>()));
    for h in 0..12 {
        let medians: Vec<f64> = said.iter().map(|outlook| outlook.peaks[h].median()).collect();
        assert!((together.peaks[h].median() - medians.iter().sum::<f64>() / 3.0).abs() < 1e-9);
        assert!(medians.iter().any(|median| (median - medians[0]).abs() > 1e-3), "they differ: {medians:?}");
    }
}

#[test]
fn a_state_kept_tick_by_tick_and_one_caught_up_at_once_say_the_same() {
    let champion = exact_blend();
    let (first, last) = (3 * DAY, 3 * DAY + 150);
    let start = up_to(3, first - 1);
    let (mut kept, mut said) = (start.clone(), None);
    for origin in first..=last {
        // As a scaler sees it: nothing after the origin is there yet.
        said = champion.forecast(&frame(origin + 1, load), origin, &mut kept);
    }
    let mut caught_up = start.clone();
    let at_once = champion.forecast(whole(), last, &mut caught_up).unwrap();
    assert_eq!(caught_up, kept);
    assert_eq!(bits(std::slice::from_ref(&at_once)), bits(&[said.unwrap()]));
    assert_eq!(kept.until, Some(whole().series().timestamp(last)));
    // And what was learned counts.
    let untaught = champion.forecast(whole(), last, &mut up_to(3, last)).unwrap();
    assert_ne!(bits(&[untaught]), bits(&[at_once]));
}

#[test]
fn the_same_holds_of_networks_but_for_rounding() {
    let champion = Champion::new(vec![plain(PlainModel::LastValue), lstm(), ensemble()]);
    let (first, last) = (3 * DAY, 3 * DAY + 40);
    let (mut kept, mut caught_up, mut said) = (up_to(3, first - 1), up_to(3, first - 1), None);
    for origin in first..=last {
        said = champion.forecast(whole(), origin, &mut kept);
    }
    let at_once = champion.forecast(whole(), last, &mut caught_up).unwrap();
    for (one, other) in bits(&[said.unwrap()]).into_iter().zip(bits(&[at_once])) {
        let (one, other) = (f64::from_bits(one), f64::from_bits(other));
        assert!((one - other).abs() < 1e-3 * one.abs().max(1.0), "{one} {other}");
    }
    assert_eq!(kept.until, caught_up.until);
}

#[test]
fn the_same_state_twice_says_and_learns_the_same() {
    for champion in [exact_blend(), Champion::new(vec![lstm(), ensemble()])] {
        let members = champion.members().len();
        let mut state = Online::new(members);
        champion.forecast(whole(), 900, &mut state).unwrap();
        let (mut one, mut other) = (state.clone(), state.clone());
        let first = champion.forecast(whole(), 910, &mut one).unwrap();
        let second = champion.forecast(whole(), 910, &mut other).unwrap();
        assert_eq!((bits(std::slice::from_ref(&first)), &one), (bits(&[second]), &other));
        // A tick that is run again finds its state brought up to date already.
        let again = champion.forecast(whole(), 910, &mut other).unwrap();
        assert_eq!((bits(&[again]), &other), (bits(&[first]), &one));
    }
}

#[test]
fn a_state_far_behind_learns_only_from_the_last_day() {
    let champion = exact_blend();
    let learned = |from: Option<usize>, origin: usize| {
        let mut online = from.map_or_else(|| Online::new(3), |row| up_to(3, row));
        let outlook = champion.forecast(whole(), origin, &mut online).unwrap();
        (online, bits(&[outlook]))
    };
    let origin = 3 * DAY + 100;
    let of_the_last_day = learned(Some(origin - DAY), origin);
    for behind in [Some(origin - DAY - 1), Some(origin - 2 * DAY), Some(40), None] {
        assert!(learned(behind, origin) == of_the_last_day, "{behind:?}");
    }
    assert!(learned(Some(origin - DAY + 1), origin) != of_the_last_day);
    // What lies in between is passed over for good.
    let mut through = up_to(3, 2 * DAY);
    champion.walk(whole(), 2 * DAY + 1..origin + 1, &mut through, |_, _| {});
    assert_ne!(through, of_the_last_day.0);
}

#[test]
fn a_state_that_is_ahead_learns_nothing() {
    let champion = exact_blend();
    let mut ahead = Online::new(3);
    champion.forecast(whole(), 1000, &mut ahead).unwrap();
    let before = ahead.clone();
    let outlook = champion.forecast(whole(), 940, &mut ahead).unwrap();
    assert_eq!(ahead, before);
    let said: Vec<Outlook> = champion.members().iter().map(|member| member.forecast(whole(), &[940]).remove(0)).collect();
    let priors: Vec<f64> = champion.members().iter().map(Member::prior).collect();
    assert_eq!(outlook, before.outlook(&priors, &said.iter().collect::<Vec<_>>()), "what it has learned still counts");
}
