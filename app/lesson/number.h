#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/desk/workbench.h"

/// The numbers that a lesson's texts, guesses and conditions are made of: measured of the models that are
/// open, over the probe, under the rules in force.
///
///     mean f                the mean of the channel f over units and steps, of the chosen layer
///     mean f after ")"      at the steps that read that character; `not after`: at all others
///     mean c of unit 7 at 12   of one unit, at one step, or at some: `at 10-20`; `chosen` for either
///     size c                the same of |c|
///     here f, before c      of the chosen unit at the chosen step, and one step earlier
///     drift c               the relative step: the mean |c_t - c_{t-1}| over its standard deviation
///     time f                the time constant in steps, -1 / mean ln f
///     left 40               what is left of the gradient of one step's loss in the hidden state, so many
///                           steps before; `of c` in the cell state. For views about one loss
///     through memory 40     the share of it that came through the gate that keeps alone
///     memory left           what rules leave of an old memory
///     loss, held out        the mean score over the probe, or over held-out data, in the task's unit
///     loss at 12            of one step
///     updates, unit, step   the training's, and which are chosen
///     0.25                  itself
///
/// `natural` behind it: as it would be without the rules; `of model 2`: of the second model. Two of them may
/// be divided or subtracted: `drift h / drift c`.
namespace gatescope::lesson {

struct Number {
  std::string kind = "constant";  // the words before the channel
  std::string channel = {};
  std::optional<int> unit = {};              // none: all
  std::optional<int> model = {};             // from 0; none: the chosen one
  std::optional<int> first = {}, last = {};  // steps; none: all
  std::string after = {};                    // a character; empty: all
  bool chosen_unit = false, chosen_step = false, not_after = false, natural = false;
  int lag = 0;
  double value = 0;  // of a constant

  bool operator==(const Number&) const = default;
};

/// One number, or two with '/' or '-' between.
struct Quantity {
  std::string text;  // as it is written
  Number first;
  char sign = 0;
  Number second = {};

  bool operator==(const Quantity&) const = default;
};

/// Throws Error that quotes it and says what would be right.
Quantity parse_quantity(std::string_view text);

/// None where there is no such number: nothing was read yet, the model has no such channel, no step reads
/// that character.
std::optional<double> measured(const Quantity& quantity, const ui::Workbench& bench);

/// Whether what is measured belongs to the choices as they are: nothing is being opened, and the probe was
/// read under the rules in force.
bool is_settled(const ui::Workbench& bench);

}  // namespace gatescope::lesson
