#pragma once

#include <string>
#include <string_view>

namespace gatescope::views {

/// What follows a model's name where an observation has the metrics of a training that the model was led away
/// from: the view of training draws it dimmer, beside the model's own.
inline constexpr std::string_view kLeftTraining = " before";

inline std::string name_of_left(const std::string& model) {
  return model + std::string(kLeftTraining);
}

}  // namespace gatescope::views
