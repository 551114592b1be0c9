#include "core/nn/decoder_rules.h"

#include <algorithm>
#include <array>

#include "core/error.h"

namespace gatescope::nn {

bool is_of_decoder(std::string_view channel) {
  constexpr std::array all{kFeed, kAlpha, kContext, kBridge};
  return std::ranges::find(all, channel) != all.end();
}

bool is_of_decoder(const ForceRule& rule, const ModelSpec& spec) {
  return spec.decoder && (is_of_decoder(rule.channel) || rule.layer.value_or(0) >= spec.layers);
}

std::vector<std::string_view> decoder_channels(const ModelSpec& spec) {
  if (!spec.decoder) return {};
  if (spec.decoder->attention == Attention::none) return {kFeed, kBridge};
  return {kFeed, kAlpha, kContext, kBridge};
}

void check_decoder_rule(const ForceRule& rule, const ModelSpec& spec) {
  const auto wrong = [&](std::string_view what) { fail("force rule '{}': {}", to_string(rule), what); };
  const std::vector<std::string_view> channels = decoder_channels(spec);
  if (channels.empty()) wrong("the model has no decoder, expected a channel of its cell");
  if (std::ranges::find(channels, rule.channel) == channels.end())
    wrong("the decoder has no attention, expected feed or bridge, or a channel of its cell");
  if (rule.layer && rule.channel != kBridge)
    wrong("it belongs to no layer, expected no number before the channel");
  if (rule.layer && (*rule.layer < spec.layers || *rule.layer >= spec.all_layers()))
    wrong(fmt::format("layer {} is not the decoder's, expected {} to {}", *rule.layer, spec.layers,
                      spec.all_layers() - 1));
  if (rule.before_activation && rule.channel != kAlpha)
    wrong("it has no activation before which a rule could act; alpha has one, the softmax");
  if (rule.channel == kFeed) {
    if (!rule.units.empty()) wrong("it is one gate for all, expected no units");
    if (rule.scale != 0 || (rule.shift != 0 && rule.shift != 1)) wrong("expected feed=own or feed=truth");
  }
  if (rule.channel == kBridge && !rule.steps.empty())
    wrong("it is crossed once, before the first step, expected no steps");
  const Index width = rule.channel == kAlpha     ? kOpenEnd
                      : rule.channel == kContext ? spec.gives()
                                                 : spec.hidden;
  for (const Range& range : rule.units)
    if (range.first >= width || (range.last >= width && range.last != kOpenEnd))
      wrong(fmt::format("unit {} does not exist, expected 0 to {}", std::max<Index>(range.first, width),
                        width - 1));
}

template <class S>
DecoderRules<S>::DecoderRules(std::span<const ForceRule> rules, std::string_view channel,
                              bool before_activation) {
  for (const ForceRule& rule : rules)
    if (rule.channel == channel && rule.before_activation == before_activation) rules_.push_back(rule);
}

template <class S>
DecoderRules<S>::DecoderRules(std::span<const ForceRule> rules, std::string_view channel, int layer)
    : DecoderRules(rules, channel, false) {
  std::erase_if(rules_, [&](const ForceRule& rule) { return rule.layer.value_or(layer) != layer; });
}

template <class S>
bool DecoderRules<S>::act_at(Index step) const {
  return std::ranges::any_of(rules_, [&](const ForceRule& rule) { return covers(rule.steps, step); });
}

template <class S>
typename DecoderRules<S>::Affine DecoderRules<S>::at(Index step, Index n) const {
  Affine affine;
  for (const ForceRule& rule : rules_)
    if (covers(rule.steps, step) && covers(rule.units, n)) compose(rule, affine.scale, affine.shift);
  return affine;
}

template class DecoderRules<float>;
template class DecoderRules<double>;

}  // namespace gatescope::nn
