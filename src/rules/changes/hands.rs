//! Who decides on state: what privileged callers alone set, and what strangers may.

use std::collections::{BTreeMap, BTreeSet};

use super::doing::{path, state_path};
use super::{Handed, Hands, Moved};
use crate::facts::{EffectKind, Renamed, StateId};
use crate::rules::Lint;

/// Who decides on a piece of state, and the public functions that set it.
struct Holder {
    hands: Hands,
    setters: BTreeSet<String>,
}

/// The state of both that was in other hands, or that other functions set for privileged callers.
pub fn handed(old: &mut Lint<'_>, new: &mut Lint<'_>, renamed: &Renamed) -> Vec<Handed> {
    let (was, is) = (holders(old, renamed), holders(new, &Renamed::default()));
    let mut handed = Vec::new();
    for (state, is) in is {
        let Some(was) = was.get(&state) else { continue };
        let setters = Moved::between(&was.setters, &is.setters);
        let is_setting = [was.hands, is.hands].contains(&Hands::Privileged);
        if was.hands != is.hands || is_setting && !setters.is_empty() {
            handed.push(Handed { state, was: was.hands, is: is.hands, setters });
        }
    }
    handed
}

fn holders(lint: &mut Lint<'_>, renamed: &Renamed) -> BTreeMap<String, Holder> {
    let mut states: BTreeMap<StateId, BTreeSet<String>> = declared(lint);
    for entrypoint in lint.entrypoints() {
        for effect in &lint.begin(entrypoint).effects {
            if let EffectKind::Write(_, state) = effect.kind
                && let Some(setters) = states.get_mut(&state)
            {
                setters.insert(path(lint, renamed, entrypoint));
            }
        }
    }
    let holder = |(state, setters)| {
        let hands = match () {
            () if lint.governance.is_administered(state) => Hands::Privileged,
            () if lint.governance.is_touched(state) => Hands::Strangers,
            () => Hands::Nobody,
        };
        Some((state_path(lint, renamed, state)?, Holder { hands, setters }))
    };
    states.into_iter().filter_map(holder).collect()
}

/// Every variable and map of the contracts that are linted.
fn declared(lint: &Lint<'_>) -> BTreeMap<StateId, BTreeSet<String>> {
    let linted = lint.program.project.contract_ids().filter(|&id| lint.program.contract(id).linted);
    let states = linted.flat_map(|id| {
        let model = lint.program.model(id);
        let variables = (0..model.variables.len() as u32).map(move |index| StateId::Variable(id, index));
        variables.chain((0..model.maps.len() as u32).map(move |index| StateId::Map(id, index)))
    });
    states.map(|state| (state, BTreeSet::new())).collect()
}
