#pragma once

#include <string_view>

#include "core/nn/model_spec.h"

namespace gatescope::task {

/// What should come out of a network at a step: what people call it, and how it is scored.
struct Outcome {
  std::string_view name;         // "next character", "label", "value"
  std::string_view title;        // of what comes out, over figures: "Next character", "Class", "Output"
  std::string_view likeliest;    // of the one that is shown alone: "likeliest next"
  std::string_view read;         // of what goes in at a step: "character read"
  std::string_view score;        // of one step, after Outcome::factor: "bits"
  std::string_view mean_score;   // over steps: "bits per character"
  std::string_view short_score;  // the same where there is little room: "bits/char"
  std::string_view short_speed;  // steps a second: "chars/s"
  double factor = 1;      // what a step's loss (nats, squared error) is multiplied with to be its score
  bool of_input = false;  // it is what goes in next: a text says it, and the network can write
  bool has_probabilities = true;  // outputs are logits of names; false: they are values

  bool operator==(const Outcome& other) const { return name == other.name; }
};

inline constexpr double kBitsPerNat = 1.4426950408889634;  // 1 / ln 2

inline constexpr Outcome kNextCharacter{.name = "next character",
                                        .title = "Next character",
                                        .likeliest = "likeliest next",
                                        .read = "character read",
                                        .score = "bits",
                                        .mean_score = "bits per character",
                                        .short_score = "bits/char",
                                        .short_speed = "chars/s",
                                        .factor = kBitsPerNat,
                                        .of_input = true};
inline constexpr Outcome kLabel{.name = "label",
                                .title = "Class",
                                .likeliest = "likeliest class",
                                .read = "symbol read",
                                .score = "bits",
                                .mean_score = "bits per label",
                                .short_score = "bits",
                                .short_speed = "steps/s",
                                .factor = kBitsPerNat};
inline constexpr Outcome kTarget{.name = "target character",
                                 .title = "Target",
                                 .likeliest = "likeliest next",
                                 .read = "character read",
                                 .score = "bits",
                                 .mean_score = "bits per target character",
                                 .short_score = "bits/char",
                                 .short_speed = "chars/s",
                                 .factor = kBitsPerNat};
inline constexpr Outcome kValue{.name = "value",
                                .title = "Output",
                                .likeliest = "output",
                                .read = "step",
                                .score = "squared error",
                                .mean_score = "squared error",
                                .short_score = "sq. error",
                                .short_speed = "steps/s",
                                .has_probabilities = false};

/// What a network's outputs are where nobody says otherwise: values of a linear read-out; the next character
/// where there are as many outputs as characters go in; of pairs their targets; else labels.
const Outcome& outcome_of(const nn::Interface& interface);

}  // namespace gatescope::task
