#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/claim/verdict.h"

namespace gatescope::app {

/// One page of HTML with everything in it, which asks nobody for anything: a table of all claims, then each
/// with its conditions and its figure. `figures` are SVG, one a verdict or none at all; `program` says what
/// made it.
std::string claims_page(std::span<const claim::Verdict> verdicts, std::span<const std::string> figures,
                        std::string_view program);

}  // namespace gatescope::app
