#include "app/ui/training.h"

#include <fmt/format.h>

namespace gatescope::ui {

void Training::train(bool on) {
  if (on && editor_.shown().now().not_finite)
    notices_.say("training goes on from the weights before the update that failed");
  session_.send(session::Train{on, {}});
}

void Training::go_back() {
  session_.send(session::GoBack{});
  editor_.edit("rate", [](Document& d) { d.experiment.training.optimizer.rate /= 2; });
  notices_.say(fmt::format("back to update {} with half the learning rate, {:g}",
                           editor_.shown().now().good_update.value_or(0),
                           editor_.document().experiment.training.optimizer.rate));
}

}  // namespace gatescope::ui
