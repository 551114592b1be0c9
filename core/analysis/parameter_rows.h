#pragma once

#include <vector>

#include "core/nn/network.h"

/// The parameters of one direction of a layer, gate by gate.
namespace gatescope::analysis {

/// Those of one channel that has weights or a bias, or of one parameter that is numbers of the units. What a
/// row has not is NaN.
struct ParameterRow {
  int channel = nn::kNone;    ///< the receiver; kNone: numbers of the units
  int parameter = nn::kNone;  ///< in the cell's table, of numbers of the units
  Index count = 0;            ///< of all rows together the layer's
  double times_rnn = 0;       ///< over the parameters of an RNN's layer with as many inputs and units
  double input_norm = 0;      ///< ‖W‖ of the weights of what enters the layer, Frobenius
  double recurrent_norm = 0;  ///< of those of the layer's own channels
  double mean_bias = 0;       ///< over the channel's numbers, all its biases added; of numbers of the units
                              ///< their mean
  double time_constant = 0;   ///< in steps, where the row's biases or numbers set what is kept at rest
                              ///< (survival.h): the median; -1 / ln σ(bias) of an LSTM's forget gate
  double drift = 0;           ///< ‖θ - θ_0‖ / ‖θ_0‖ of all of the row, where the start is known
};

/// In the order of the cell's channels, then its numbers of the units. `start`: the network before its first
/// update, or null.
template <class S>
std::vector<ParameterRow> parameter_rows(const nn::Network<S>& network, int layer, bool backward,
                                         const nn::Network<float>* start);

/// The channel whose bias sets how long the memory lasts, or kNone.
int lasting_bias(const nn::CellInfo& cell);

/// All that sets how long the memory lasts where nothing enters: the channel of lasting_bias(), channels that
/// are constants, as the speed of a head, and parameters of units, as RWKV-4's decay.
struct Lasting {
  std::vector<int> channels, parameters;
};
Lasting lasting_of(const nn::CellInfo& cell);

/// How many parameters a layer has, and an RNN's of the same inputs and units.
Index layer_parameters(const nn::CellInfo& cell, const nn::Sizes& sizes);
Index rnn_parameters(const nn::Sizes& sizes);

extern template std::vector<ParameterRow> parameter_rows(const nn::Network<float>&, int, bool,
                                                         const nn::Network<float>*);
extern template std::vector<ParameterRow> parameter_rows(const nn::Network<double>&, int, bool,
                                                         const nn::Network<float>*);

}  // namespace gatescope::analysis
