#pragma once

namespace gatescope::experiment {

enum class OptimizerRule { adam, sgd, rmsprop };

/// Settings of an optimizer; names and defaults are PyTorch's, but for the rate.
struct OptimizerSpec {
  OptimizerRule rule = OptimizerRule::adam;
  double rate = 2e-3;       // learning rate
  double momentum = 0;      // sgd and rmsprop
  double beta1 = 0.9;       // adam
  double beta2 = 0.999;     // adam
  double alpha = 0.99;      // rmsprop
  double epsilon = 1e-8;    // adam and rmsprop
  double weight_decay = 0;  // of weights alone, decoupled from the gradients as AdamW's

  bool operator==(const OptimizerSpec&) const = default;
};

}  // namespace gatescope::experiment
