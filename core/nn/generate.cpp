#include "core/nn/generate.h"

#include "core/error.h"
#include "core/nn/go_on.h"

namespace gatescope::nn {

Generator::Generator(const Network<float>& network) : network_(network) {
  if (network.spec().decoder)
    fail("an encoder-decoder writes the target of a source, not a text: gatescope decode does");
  if (network.spec().bidirectional) {
    fail(
        "a bidirectional model cannot write text: its backward direction would have to read characters that "
        "are not "
        "written yet");
  }
  const Interface& interface = network.interface();
  if (interface.input != InputKind::characters || interface.readout != Readout::softmax ||
      interface.inputs != interface.outputs) {
    fail("this model cannot write text: it was not trained to tell the next character");
  }
  network.resize(trace_, 1, 1);
  network.clear_states(trace_);
  trace_.outputs.setZero();
}

void Generator::read(int character) {
  network_.forward(trace_, {&character, nullptr});
  go_on(trace_);
}

Vector<float> Generator::next(double temperature) const {
  const Eigen::ArrayXd logits = trace_.outputs.col(0).cast<double>().array();
  const double most = logits.tail(logits.size() - trace_.never_told).maxCoeff();
  Eigen::ArrayXd p = ((logits - most) / temperature).exp();
  p.head(trace_.never_told) = 0;
  return (p / p.sum()).cast<float>();
}

int Generator::draw(double temperature, Rng& rng) const {
  if (temperature <= 0) return static_cast<int>(trace_.likeliest(0));
  const Vector<float> p = next(temperature);
  double rest = rng.uniform();
  Index best = 0;
  for (; best + 1 < p.size(); ++best) {
    rest -= static_cast<double>(p[best]);
    if (rest < 0) break;
  }
  return static_cast<int>(best);
}

std::vector<int> generate(const Network<float>& network, std::span<const int> prompt, Index length,
                          double temperature, Rng rng) {
  Generator generator(network);
  for (const int character : prompt) generator.read(character);
  std::vector<int> text;
  for (Index n = 0; n < length; ++n) {
    text.push_back(generator.draw(temperature, rng));
    generator.read(text.back());
  }
  return text;
}

}  // namespace gatescope::nn
