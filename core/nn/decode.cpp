#include "core/nn/decode.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace gatescope::nn {
namespace {

void check_pairs(const Interface& interface) {
  if (!interface.pairs)
    fail("this model reads no pairs of a source and a target, expected one that learnt such");
}

std::vector<int> begun(std::span<const int> source) {
  std::vector<int> symbols(source.begin(), source.end());
  symbols.push_back(kStart);
  return symbols;
}

/// log softmax of one column.
template <class S>
Vector<double> log_probabilities(const Trace<S>& trace, Index column) {
  const Eigen::ArrayXd logits = trace.outputs.col(column).template cast<double>().array();
  const double most = logits.maxCoeff();
  return (logits - most - std::log((logits - most).exp().sum())).matrix();
}

}  // namespace

template <class S>
void tell_freely(const Network<S>& network, Trace<S>& trace, std::vector<int>& symbols, Index steps,
                 Index batch, Index start) {
  network.resize(trace, steps, batch);
  network.clear_states(trace);
  if (network.spec().decoder) {
    trace.feeds_itself = true;
    network.forward(trace, {symbols.data(), nullptr});
    trace.feeds_itself.reset();
    symbols = trace.pair.read;
    return;
  }
  // A stack reads all from the beginning, one symbol more each time.
  for (Index t = start; t < steps; ++t) {
    network.clear_states(trace);
    network.forward(trace, {symbols.data(), nullptr});
    if (t + 1 == steps) break;
    bool ended = true;
    for (Index b = 0; b < batch; ++b) {
      const Index likeliest = trace.likeliest(t * batch + b);
      symbols[static_cast<std::size_t>((t + 1) * batch + b)] = static_cast<int>(likeliest);
      ended = ended && likeliest == kEnd;
    }
    if (ended && batch == 1) break;  // the outputs behind it tell the same
  }
}

template <class S>
Decoded decode(const Network<S>& network, std::span<const int> source, Index longest) {
  check_pairs(network.interface());
  std::vector<int> symbols = begun(source);
  const Index start = std::ssize(source), steps = start + 1 + longest;
  symbols.resize(static_cast<std::size_t>(steps), kFill);
  Trace<S> trace;
  tell_freely(network, trace, symbols, steps, 1, start);
  Decoded decoded;
  for (Index t = start; t < steps; ++t) {
    const Index likeliest = trace.likeliest(t);
    decoded.log_probability += log_probabilities(trace, t)[likeliest];
    decoded.ended = likeliest == kEnd;
    if (decoded.ended || t + 1 == steps) break;
    decoded.target.push_back(static_cast<int>(likeliest));
  }
  return decoded;
}

std::vector<Decoded> search(const Network<float>& network, std::span<const int> source, Index longest,
                            Index width) {
  check_pairs(network.interface());
  if (width < 1) fail("a beam of width {} is impossible, expected 1 or more", width);
  if (width == 1) return {decode(network, source, longest)};
  const std::vector<int> begin = begun(source);
  std::vector<Decoded> open(1), found;
  Trace<float> trace;
  for (Index length = 0; length <= longest && !open.empty(); ++length) {
    const Index batch = std::ssize(open), steps = std::ssize(begin) + length;
    std::vector<int> symbols(static_cast<std::size_t>(steps * batch));
    for (Index b = 0; b < batch; ++b) {
      const std::vector<int>& target = open[static_cast<std::size_t>(b)].target;
      for (Index t = 0; t < steps; ++t)
        symbols[static_cast<std::size_t>(t * batch + b)] =
            t < std::ssize(begin) ? begin[static_cast<std::size_t>(t)]
                                  : target[static_cast<std::size_t>(t - std::ssize(begin))];
    }
    network.resize(trace, steps, batch);
    network.clear_states(trace);
    trace.feeds_itself = false;
    network.forward(trace, {symbols.data(), nullptr});
    std::vector<Decoded> next;
    for (Index b = 0; b < batch; ++b) {
      const Vector<double> of = log_probabilities(trace, (steps - 1) * batch + b);
      for (Index k = trace.never_told; k < of.size(); ++k) {
        Decoded one = open[static_cast<std::size_t>(b)];
        one.log_probability += of[k];
        one.ended = k == kEnd;
        if (!one.ended) one.target.push_back(static_cast<int>(k));
        next.push_back(std::move(one));
      }
    }
    const auto likelier = [](const Decoded& a, const Decoded& b) {
      return a.log_probability > b.log_probability;
    };
    std::ranges::stable_sort(next, likelier);
    next.resize(std::min(next.size(), static_cast<std::size_t>(width)));
    open.clear();
    for (Decoded& one : next) (one.ended ? found : open).push_back(std::move(one));
    std::ranges::stable_sort(found, likelier);
    // What goes on can only become less likely.
    if (std::ssize(found) >= width) found.resize(static_cast<std::size_t>(width));
    if (std::ssize(found) >= width && !open.empty() && likelier(found.back(), open.front())) break;
  }
  if (!found.empty()) return found;
  for (Decoded& one : open)
    if (std::ssize(one.target) > longest) one.target.pop_back();
  return open;
}

template Decoded decode(const Network<float>&, std::span<const int>, Index);
template Decoded decode(const Network<double>&, std::span<const int>, Index);
template void tell_freely(const Network<float>&, Trace<float>&, std::vector<int>&, Index, Index, Index);
template void tell_freely(const Network<double>&, Trace<double>&, std::vector<int>&, Index, Index, Index);

}  // namespace gatescope::nn
