#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/math/types.h"
#include "core/nn/force_rule.h"
#include "core/nn/model_spec.h"

/// What rules can force in an encoder-decoder beside the channels of its cells:
///
///     feed@5-=own        from the target's step 5 on it reads what it told itself, not the truth
///     alpha[3]@2=1       the weight of the source's step 3 at the target's step 2
///     alpha~[3]=-1000    the source's step 3 is masked before the softmax; alpha~=0: all weights are equal
///     context=0          what attention finds does not arrive
///     bridge=0           the decoder begins from nothing
///
/// Steps count from the target's first one here, and for channels of the decoder's layers.
namespace gatescope::nn {

inline constexpr std::string_view kFeed = "feed", kAlpha = "alpha", kContext = "context", kBridge = "bridge";

/// Whether a channel is one of these.
bool is_of_decoder(std::string_view channel);
/// Whether a rule can be on a decoder alone: on one of these, or on a channel of its layers.
bool is_of_decoder(const ForceRule& rule, const ModelSpec& spec);
/// Which of them a model has: without attention there is no alpha and no context.
std::vector<std::string_view> decoder_channels(const ModelSpec& spec);

/// Throws Error for such a rule that does not fit the model.
void check_decoder_rule(const ForceRule& rule, const ModelSpec& spec);

/// The rules on one of these, composed where and when it is asked for.
template <class S>
class DecoderRules {
 public:
  DecoderRules() = default;
  DecoderRules(std::span<const ForceRule> rules, std::string_view channel, bool before_activation);
  /// Those that are on a layer, as rules count them.
  DecoderRules(std::span<const ForceRule> rules, std::string_view channel, int layer);

  bool empty() const { return rules_.empty(); }
  /// Whether one acts at a step.
  bool act_at(Index step) const;
  /// used = scale*raw + shift of number n at a step.
  struct Affine {
    S scale = 1, shift = 0;
  };
  Affine at(Index step, Index n) const;

 private:
  std::vector<ForceRule> rules_;
};

extern template class DecoderRules<float>;
extern template class DecoderRules<double>;

}  // namespace gatescope::nn
