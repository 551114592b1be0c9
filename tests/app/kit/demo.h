#pragma once

#include <string>
#include <vector>

#include "app/kit/widgets.h"

namespace gatescope::test {

/// What every control edits, and a page with all of them.
struct Demo {
  std::string preset = "long memory", text = "tales.txt";
  std::vector<std::string> optimizers{"Adam", "RMSProp", "Momentum", "Plain gradient descent"};
  int seed = 1, optimizer = 0, batch = 32, forget = 0, input = 1, view = 0, pressed = 0;
  double rate = 0.002, clip = 5;
  bool matched = true, bidirectional = false;
  float step = 42, bias = 0.3f, left = 272;

  void draw(const ui::Look& look);
};

}  // namespace gatescope::test
