#include "core/train/fine_tuning.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/in_quotes.h"
#include "core/nn/layer_table.h"

namespace gatescope::train {
namespace {

constexpr std::size_t kListed = 40;  // new entries named one by one

std::string plural(std::size_t count, const char* one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

}  // namespace

void take_weights(const checkpoint::ModelFile& from, nn::Network<float>& to) {
  const nn::Network<float> model = checkpoint::make_network<float>(from);
  if (from.spec.cell != to.spec().cell || from.spec.hidden != to.spec().hidden ||
      from.spec.layers != to.spec().layers || from.spec.bidirectional != to.spec().bidirectional ||
      from.spec.embedding != to.spec().embedding || from.spec.heads != to.spec().heads ||
      from.spec.decoder != to.spec().decoder || from.interface.pairs != to.interface().pairs ||
      nn::layer_options(from.spec) != nn::layer_options(to.spec()) || from.spec.conv != to.spec().conv ||
      from.spec.last_norm != to.spec().last_norm || from.spec.norm_epsilon != to.spec().norm_epsilon ||
      from.interface.inputs > to.interface().inputs || from.interface.outputs > to.interface().outputs ||
      from.interface.input != to.interface().input || from.interface.readout != to.interface().readout) {
    fail("a network of another kind cannot begin from these weights");
  }
  // What a larger vocabulary adds are rows below (embedding, read-out, the filter of a one-hot input) or
  // columns to the right (one-hot).
  for (const nn::Parameter& old : model.table().all()) {
    const nn::Parameter& own = *to.table().find(old.name);
    for (Index c = 0; c < old.cols; ++c)
      std::copy_n(model.parameters().data() + old.offset + c * old.rows, old.rows,
                  to.parameters().data() + own.offset + c * own.rows);
  }
}

std::string vocabulary_sentence(const std::vector<std::string>& of_model, const std::vector<std::string>& all,
                                const std::vector<bool>& used) {
  const std::size_t fresh = all.size() - of_model.size();
  std::string text = fresh == 0 ? std::string("no character is new")
                                : plural(fresh, "character") + (fresh == 1 ? " is new: " : " are new: ");
  for (std::size_t k = 0; k < std::min(fresh, kListed); ++k)
    text += fmt::format("{}{}", k > 0 ? " " : "", in_quotes(all[of_model.size() + k]));
  if (fresh > kListed) text += fmt::format(" and {} more", fresh - kListed);
  const auto unused = static_cast<std::size_t>(
      std::count(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(of_model.size()), false));
  if (unused > 0)
    text += fmt::format("; {} of the model's {} not occur and stay{}", unused, unused == 1 ? "does" : "do",
                        unused == 1 ? "s" : "");
  return text;
}

}  // namespace gatescope::train
