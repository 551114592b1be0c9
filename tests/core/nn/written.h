#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "core/nn/generate.h"
#include "core/nn/network.h"

namespace gatescope::nn {

/// A writer that has read some characters expects next what a trace of them does.
inline void expect_a_writer_reads_as_a_trace_does(const ModelSpec& spec) {
  Network<float> network(spec, {InputKind::characters, 5, Readout::softmax, 5});
  network.initialise(Rng(9));
  network.prepare_all();
  const std::vector<int> tokens{0, 3, 1, 1, 4, 2, 0};
  Trace<float> trace;
  network.resize(trace, std::ssize(tokens), 1);
  network.clear_states(trace);
  network.forward(trace, {tokens.data(), nullptr});
  Generator generator(network);
  for (const int token : tokens) generator.read(token);
  const Vector<float> logits = trace.outputs.col(trace.outputs.cols() - 1);
  const Eigen::ArrayXd p = (logits.cast<double>().array() - logits.cast<double>().maxCoeff()).exp();
  EXPECT_TRUE(generator.next(1).cast<double>().isApprox((p / p.sum()).matrix(), 1e-5));
}

}  // namespace gatescope::nn
