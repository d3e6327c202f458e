//! The router: which experts work on a token, and with which weights.

use super::config::{Gating, GroupRule, Routing};

/// An expert that a router chose for a token.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct ExpertChoice {
    /// Its index in the layer.
    pub expert: usize,
    /// What its output is multiplied with.
    pub weight: f32,
}

/// Chooses `used` experts for one token from its router logits (overwritten), best first; `None` if a
/// logit is not finite. Ties go to the lower index, so that the choice never depends on chance.
///
/// `bias` is added to the scores for choosing only; the weights come from the scores without it.
pub(crate) fn choose(
    logits: &mut [f32],
    routing: &Routing,
    bias: Option<&[f32]>,
    used: usize,
) -> Option<Vec<ExpertChoice>> {
    if logits.iter().any(|logit| !logit.is_finite()) {
        return None;
    }
    match routing.gating {
        Gating::Softmax => softmax(logits),
        Gating::SoftmaxOfChosen => {}
        Gating::Sigmoid => logits.iter_mut().for_each(|logit| *logit = 1.0 / (1.0 + (-*logit).exp())),
    }
    let scores = &*logits;
    let mut rated = scores.to_vec();
    if let Some(bias) = bias {
        rated.iter_mut().zip(bias).for_each(|(rating, bias)| *rating += bias);
    }
    if let Some(groups) = &routing.groups {
        let size = rated.len() / groups.count;
        let ratings: Vec<f32> = rated.chunks_exact(size).map(|group| rate(group, groups.rule)).collect();
        let chosen = best(&ratings, groups.used);
        let outside = match groups.rule {
            // Scores are above zero; logits need not be.
            GroupRule::Maximum if routing.gating != Gating::SoftmaxOfChosen => 0.0,
            GroupRule::Maximum | GroupRule::SumOfTwoBest => f32::NEG_INFINITY,
        };
        for (index, group) in rated.chunks_exact_mut(size).enumerate() {
            if !chosen.contains(&index) {
                group.fill(outside);
            }
        }
    }
    let chosen = best(&rated, used);
    let mut weights: Vec<f32> = chosen.iter().map(|expert| scores[*expert]).collect();
    if routing.gating == Gating::SoftmaxOfChosen {
        softmax(&mut weights);
    }
    let sum: f32 = weights.iter().sum();
    // The smallest normal 16-bit float: keeps sigmoid scores that are all tiny from dividing by zero.
    let divisor = if routing.normalise { sum.max(6.103_515_6e-5) } else { 1.0 };
    let weigh = |weight: f32| weight / divisor * routing.scale;
    let choices = chosen.into_iter().zip(weights);
    Some(choices.map(|(expert, weight)| ExpertChoice { expert, weight: weigh(weight) }).collect())
}

fn softmax(values: &mut [f32]) {
    let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    values.iter_mut().for_each(|value| *value = (*value - largest).exp());
    let sum: f32 = values.iter().sum();
    values.iter_mut().for_each(|value| *value /= sum);
}

fn rate(group: &[f32], rule: GroupRule) -> f32 {
    match rule {
        GroupRule::Maximum => group.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        GroupRule::SumOfTwoBest => best(group, 2).into_iter().map(|index| group[index]).sum(),
    }
}

/// The indices of the `count` largest values, largest first; ties go to the lower index.
fn best(values: &[f32], count: usize) -> Vec<usize> {
    let mut indices: Vec<usize> = (0..values.len()).collect();
    let order = |a: &usize, b: &usize| values[*b].total_cmp(&values[*a]).then(a.cmp(b));
    if count < indices.len() {
        indices.select_nth_unstable_by(count, order);
        indices.truncate(count);
    }
    indices.sort_unstable_by(order);
    indices
}

#[cfg(test)]
mod tests {
    use super::super::config::Groups;
    use super::*;

    fn routing(gating: Gating) -> Routing {
        Routing { gating, selection_bias: false, groups: None, normalise: false, scale: 1.0 }
    }

    fn experts(choices: &[ExpertChoice]) -> Vec<usize> {
        choices.iter().map(|choice| choice.expert).collect()
    }

    #[test]
    fn softmax_top_two_normalised_is_the_softmax_of_the_two() {
        let routing = Routing { normalise: true, ..routing(Gating::Softmax) };
        let choices = choose(&mut [1.0, 3.0, 2.0, -1.0], &routing, None, 2).unwrap();
        assert_eq!(experts(&choices), [1, 2]);
        let expected = 1.0 / (1.0 + (-1.0f32).exp());
        assert!((choices[0].weight - expected).abs() < 1e-6);
        assert!((choices[0].weight + choices[1].weight - 1.0).abs() < 1e-6);
    }

    /// The chosen ones' logits alone decide: the same as the softmax over all, made to sum to one.
    #[test]
    fn the_softmax_of_the_chosen_is_theirs_alone() {
        let logits = [-1.0, -3.0, -2.0, -40.0];
        let choices = choose(&mut logits.clone(), &routing(Gating::SoftmaxOfChosen), None, 2).unwrap();
        let normalised = Routing { normalise: true, ..routing(Gating::Softmax) };
        let expected = choose(&mut logits.clone(), &normalised, None, 2).unwrap();
        assert_eq!(experts(&choices), [0, 2]);
        for (choice, expected) in choices.iter().zip(expected) {
            assert!((choice.weight - expected.weight).abs() < 1e-6);
        }
    }

    #[test]
    fn the_bias_chooses_but_does_not_weigh() {
        let choices = choose(&mut [0.0, 1.0], &routing(Gating::Sigmoid), Some(&[1.0, 0.0]), 1).unwrap();
        assert_eq!(choices, [ExpertChoice { expert: 0, weight: 0.5 }]);
    }

    /// Group 0 holds the single best expert, group 1 the two best together.
    #[test]
    fn group_rules_differ() {
        let grouped =
            |rule| Routing { groups: Some(Groups { count: 2, used: 1, rule }), ..routing(Gating::Sigmoid) };
        let logits = [3.0, -3.0, 2.0, 2.0];
        let maximum = choose(&mut logits.clone(), &grouped(GroupRule::Maximum), None, 1).unwrap();
        let sum = choose(&mut logits.clone(), &grouped(GroupRule::SumOfTwoBest), None, 1).unwrap();
        assert_eq!((experts(&maximum), experts(&sum)), (vec![0], vec![2]));
    }

    #[test]
    fn ties_go_to_the_lower_index_and_all_can_be_used() {
        let choices = choose(&mut [0.5; 4], &routing(Gating::Softmax), None, 4).unwrap();
        assert_eq!(experts(&choices), [0, 1, 2, 3]);
    }

    #[test]
    fn not_a_number_is_no_choice() {
        assert_eq!(choose(&mut [0.0, f32::NAN], &routing(Gating::Softmax), None, 1), None);
        assert_eq!(choose(&mut [0.0, f32::INFINITY], &routing(Gating::Sigmoid), None, 1), None);
    }
}
