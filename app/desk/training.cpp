#include "app/desk/training.h"

#include <fmt/format.h>

namespace gatescope::ui {

void Training::train(bool on) {
  if (on && editor_.shown().now().not_finite)
    notices_.say(fmt::format("update {} is tried again, from the weights before it",
                             editor_.shown().now().not_finite->update));
  editor_.act(Train{on});
}

void Training::go_back() {
  editor_.act(GoBack{});
  notices_.say(fmt::format("back to update {} with half the learning rate, {:g}",
                           editor_.shown().now().good_update.value_or(0),
                           editor_.document().experiment.training.optimizer.rate));
}

}  // namespace gatescope::ui
