#pragma once

#include <string>
#include <vector>

#include "app/language/phrases.h"
#include "core/plot/figure.h"

namespace gatescope::language {

/// The figure with its titles, labels, names and captions in the language. What it reads (the characters of
/// strips and axes) stays. What is not known is added to `unknown`, unless that is null.
plot::Figure told(plot::Figure figure, const Phrases& phrases, std::vector<std::string>* unknown = nullptr);

}  // namespace gatescope::language
