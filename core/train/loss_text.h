#pragma once

#include <string>

namespace gatescope::train {

/// A loss for people, with so many digits after the point: "1.83"; in short form where it is huge, "1.2e300";
/// "infinite"; "not a number".
std::string loss_text(double loss, int digits);

/// exp(nats) likewise; "above 1e308" where no double holds it.
std::string perplexity_text(double nats);

}  // namespace gatescope::train
