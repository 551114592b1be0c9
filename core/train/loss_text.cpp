#include "core/train/loss_text.h"

#include <fmt/format.h>

#include <cmath>

namespace gatescope::train {

std::string loss_text(double loss, int digits) {
  if (std::isnan(loss)) return "not a number";
  if (std::isinf(loss)) return loss > 0 ? "infinite" : "-infinite";
  if (std::abs(loss) < 1e6) return fmt::format("{:.{}f}", loss, digits);
  // "1.2e+06" as "1.2e6": what stands behind "e" is a sign and two digits or more.
  std::string text = fmt::format("{:.1e}", loss);
  const std::size_t exponent = text.find('e') + 1;
  text.erase(exponent, text.find_first_not_of("+0", exponent) - exponent);
  return text;
}

std::string perplexity_text(double nats) {
  const double perplexity = std::exp(nats);
  return std::isinf(perplexity) && std::isfinite(nats) ? "above 1e308" : loss_text(perplexity, 2);
}

}  // namespace gatescope::train
