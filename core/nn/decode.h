#pragma once

#include <span>
#include <vector>

#include "core/nn/network.h"

/// Writing the target of a source, symbol by symbol, until a network of pairs says that it is over. What
/// fills up (kFill) and what begins a target (kStart) is never written (Trace::likeliest).
namespace gatescope::nn {

struct Decoded {
  std::vector<int> target;     // without the sign that it is over
  bool ended = false;          // that sign came before the limit
  double log_probability = 0;  // of all that was told, nats; of a softmax over all symbols
};

/// The likeliest symbol at every step, at most `longest` of them. Throws Error for a network that reads no
/// pairs.
template <class S>
Decoded decode(const Network<S>& network, std::span<const int> source, Index longest);

/// Beam search: of all beginnings the `width` likeliest go on at every step [sutskever2014]; the likeliest
/// that ended comes first, as many as were found. A width of 1 is decode().
std::vector<Decoded> search(const Network<float>& network, std::span<const int> source, Index longest,
                            Index width);

/// What the network tells where it reads its own answers: targets begin behind step `start` of (T*B) symbols,
/// whose first ones are given. Leaves all in the trace, as if it had been told.
template <class S>
void tell_freely(const Network<S>& network, Trace<S>& trace, std::vector<int>& symbols, Index steps,
                 Index batch, Index start);

extern template Decoded decode(const Network<float>&, std::span<const int>, Index);
extern template Decoded decode(const Network<double>&, std::span<const int>, Index);
extern template void tell_freely(const Network<float>&, Trace<float>&, std::vector<int>&, Index, Index,
                                 Index);
extern template void tell_freely(const Network<double>&, Trace<double>&, std::vector<int>&, Index, Index,
                                 Index);

}  // namespace gatescope::nn
