#include "core/train/remedy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace gatescope::train {
namespace {

/// Beyond the range of every gate and of usual states.
constexpr double kLargeForce = 10;

bool forces_much(const nn::ForceRule& rule) {
  return std::abs(rule.scale) > kLargeForce || std::abs(rule.shift) > kLargeForce;
}

}  // namespace

std::vector<Remedy> remedies(const experiment::Experiment& experiment) {
  const experiment::TrainingSpec& training = experiment.training;
  std::vector<Remedy> list;
  for (const nn::ForceRule& rule : experiment.force)
    if (forces_much(rule)) list.push_back({fmt::format("a weaker rule than {}", to_string(rule)), "--force"});
  double gain = 0;
  for (const nn::ModelSpec& model : experiment.models) gain = std::max(gain, model.init.gain);
  if (gain > 1) list.push_back({fmt::format("a smaller gain than {}", gain), "--gain"});
  list.push_back({fmt::format("a smaller learning rate than {}", training.optimizer.rate), "--rate"});
  if (training.clip_norm > 0)
    list.push_back({fmt::format("a smaller clip norm than {}", training.clip_norm), "--clip"});
  else
    list.push_back({"clipping of the gradients, which is off", "--clip 1"});
  return list;
}

std::string in_words(const std::vector<Remedy>& remedies, bool options) {
  std::string text;
  for (std::size_t k = 0; k < remedies.size(); ++k) {
    if (k > 0) text += k + 1 == remedies.size() ? " or " : ", ";
    text += remedies[k].words;
    if (options) text += fmt::format(" ({})", remedies[k].option);
  }
  return text;
}

}  // namespace gatescope::train
