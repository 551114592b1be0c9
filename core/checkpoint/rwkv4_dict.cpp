#include "core/checkpoint/rwkv4_dict.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "core/checkpoint/dict_reader.h"
#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

struct Names {
  std::string_view theirs, ours;
};
/// Behind "blocks.I.", and between "rnn." and "_lI".
constexpr std::array<Names, 18> kNamesOfBlock{{
    {"ln1.weight", "time_norm_weight"},
    {"ln1.bias", "time_norm_bias"},
    {"att.time_mix_k", "mu_k"},
    {"att.time_mix_v", "mu_v"},
    {"att.time_mix_r", "mu_r"},
    {"att.time_decay", "decay"},
    {"att.time_first", "bonus"},
    {"att.key.weight", "weight_k"},
    {"att.value.weight", "weight_v"},
    {"att.receptance.weight", "weight_r"},
    {"att.output.weight", "weight_o"},
    {"ln2.weight", "channel_norm_weight"},
    {"ln2.bias", "channel_norm_bias"},
    {"ffn.time_mix_k", "nu_z"},
    {"ffn.time_mix_r", "nu_q"},
    {"ffn.key.weight", "weight_z"},
    {"ffn.receptance.weight", "weight_q"},
    {"ffn.value.weight", "weight_a"},
}};
constexpr std::array<Names, 3> kNamesOutside{{
    {"ln_out.weight", "norm.weight"},
    {"ln_out.bias", "norm.bias"},
    {"head.weight", "head.weight"},
}};
constexpr std::array<const char*, 2> kNorms{"blocks.0.ln0.weight", "blocks.0.ln0.bias"};  // of the embedding
constexpr std::string_view kBlocks = "blocks.", kFirst = "blocks.0.att.time_decay",
                           kModel = "a model of RWKV-4";

class Rwkv4Dict : DictReader {
 public:
  Rwkv4Dict(ModelFile& file, std::string_view origin) : DictReader(file, origin) {}

  std::map<std::string, std::string> run(const ImportOptions& options) {
    check_told(options, kModel, "rwkv4_prenorm");
    for (const Tensor& tensor : file_.tensors)
      if (tensor.name.ends_with(kFirst)) prefix_ = tensor.name.substr(0, tensor.name.size() - kFirst.size());
    tell_model();
    each([&](const std::string& theirs, const std::string& ours) { check_shape(theirs, shape_of(ours)); });
    take_embedding();
    each([&](const std::string& theirs, const std::string& ours) {
      Tensor tensor = take(theirs);
      if (is_mix(tensor)) tensor.shape = {width_};
      give(std::move(tensor), ours, theirs);
    });
    make_identities();
    give_zeros("head.bias", file_.interface.outputs);
    auto given = finish(kModel);
    note("the layer norm of its embedding, {}, is in the embedding's rows",
         in_quotes(prefix_ + "blocks.0.ln0"));
    note("its blocks have no weights between them: ours, \"weight_ih\", are the identity");
    return given;
  }

 private:
  using Shape = std::vector<std::int64_t>;

  std::string theirs(std::string_view name) const { return prefix_ + std::string(name); }
  static std::string of_block(std::string_view ours, int block) {
    return fmt::format("rnn.{}_l{}", ours, block);
  }
  /// Of every tensor that becomes one of ours as it is, the names.
  template <class F>
  void each(F with) const {
    for (int block = 0; block < file_.spec.layers; ++block)
      for (const Names& names : kNamesOfBlock)
        with(fmt::format("{}{}{}.{}", prefix_, kBlocks, block, names.theirs), of_block(names.ours, block));
    for (const Names& names : kNamesOutside) with(theirs(names.theirs), std::string(names.ours));
  }

  void tell_model() {
    constexpr std::string_view rows = "[V, d]";
    const Tensor &embedding = matrix(theirs("emb.weight"), rows), &head = matrix(theirs("head.weight"), rows);
    width_ = embedding.shape[1];
    file_.interface.inputs = embedding.shape[0];
    file_.interface.outputs = head.shape[0];
    nn::ModelSpec& spec = file_.spec;
    spec.cell = "rwkv4_prenorm";
    spec.hidden = spec.embedding = width_;
    spec.last_norm = nn::Norm::layer;
    spec.layers = count_layers(theirs(kBlocks));
    table_ = table();
    check_dtype(embedding);
    for (const char* name : kNorms) check_shape(theirs(name), {width_});
  }

  // All tensors are looked at before anything is made: what is made is no larger than these.
  Shape shape_of(const std::string& ours) const {
    const nn::Parameter& p = *table_.find(ours);
    return p.is_vector ? Shape{p.rows} : Shape{p.rows, p.cols};
  }
  bool is_mix(const Tensor& tensor) const { return tensor.shape == Shape{1, 1, width_}; }
  void check_dtype(const Tensor& tensor) const {
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::f64})
      if (tensor.dtype == dtype) return;
    fail("{}: tensor {} is of dtype {}, expected F16, BF16, F32 or F64", origin_, in_quotes(tensor.name),
         to_string(tensor.dtype));
  }
  void check_shape(const std::string& name, const Shape& shape) const {
    const Tensor& tensor = need(name, shape_text(shape));
    check_dtype(tensor);
    if (tensor.shape != shape && !(shape.size() == 1 && is_mix(tensor)))
      refuse_shape(tensor, shape_text(shape));
  }
  std::vector<double> finite(const Tensor& tensor) const {
    std::vector<double> values = to_doubles(tensor);
    for (std::size_t k = 0; k < values.size(); ++k)
      if (!std::isfinite(values[k]))
        fail("{}: tensor {} holds {} at index {}, expected finite numbers", origin_, in_quotes(tensor.name),
             values[k], k);
    return values;
  }

  /// The rows with their norm.
  void take_embedding() {
    const std::vector<double> gain = finite(take(theirs(kNorms[0]))),
                              offset = finite(take(theirs(kNorms[1])));
    Tensor embedding = take(theirs("emb.weight"));
    std::vector<float> rows = to_floats(embedding);
    const auto width = static_cast<std::size_t>(width_);
    for (std::size_t row = 0; row < rows.size(); row += width) {
      double mean = 0, square = 0;
      for (std::size_t k = 0; k < width; ++k) mean += rows[row + k] / static_cast<double>(width);
      for (std::size_t k = 0; k < width; ++k)
        square += (rows[row + k] - mean) * (rows[row + k] - mean) / static_cast<double>(width);
      const double share = 1 / std::sqrt(square + nn::kLayerNormEpsilon);
      for (std::size_t k = 0; k < width; ++k)
        rows[row + k] = static_cast<float>(gain[k] * (rows[row + k] - mean) * share + offset[k]);
    }
    give(make_tensor("", embedding.shape, rows), "embedding.weight", embedding.name);
  }

  /// What a block reads passes as it is.
  void make_identities() {
    const auto width = static_cast<std::size_t>(width_);
    std::vector<float> identity(width * width);
    for (std::size_t k = 0; k < width; ++k) identity[k * width + k] = 1;
    for (int block = 0; block < file_.spec.layers; ++block) {
      const std::string ours = of_block("weight_ih", block);
      give(make_tensor("", {width_, width_}, identity), ours, ours);
      give_zeros(of_block("bias_ih", block), width_);
    }
  }

  std::string prefix_;
  Index width_ = 0;
  nn::ParameterTable table_;
};

}  // namespace

bool is_rwkv4(const std::vector<Tensor>& tensors) {
  constexpr std::array<std::string_view, 3> endings{kFirst, "blocks.0.att.time_first",
                                                    "blocks.0.ffn.time_mix_k"};
  return std::ranges::all_of(endings, [&](std::string_view ending) {
    return std::ranges::any_of(tensors, [&](const Tensor& t) { return t.name.ends_with(ending); });
  });
}

std::map<std::string, std::string> adopt_rwkv4(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options) {
  return Rwkv4Dict(file, origin).run(options);
}

}  // namespace gatescope::checkpoint
