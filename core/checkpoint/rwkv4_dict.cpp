#include "core/checkpoint/rwkv4_dict.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

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
constexpr std::string_view kBlocks = "blocks.", kFirst = "blocks.0.att.time_decay";

class Rwkv4Dict {
 public:
  Rwkv4Dict(ModelFile& file, std::string_view origin)
      : file_(file), origin_(fmt::format("'{}'", origin)), tensors_(std::move(file.tensors)) {
    file_.tensors.clear();
    for (const Tensor& tensor : tensors_)
      if (tensor.name.ends_with(kFirst)) prefix_ = tensor.name.substr(0, tensor.name.size() - kFirst.size());
  }

  std::map<std::string, std::string> run() {
    tell_model();
    check_shapes();
    take_embedding();
    each_of_blocks([&](const std::string& theirs, const std::string& ours) { take(theirs, ours); });
    const auto width = static_cast<std::size_t>(width_);
    std::vector<float> identity(width * width);
    for (std::size_t k = 0; k < width; ++k) identity[k * width + k] = 1;
    for (int block = 0; block < file_.spec.layers; ++block) {
      add(of_block("weight_ih", block), {width_, width_}, identity);
      add(of_block("bias_ih", block), {width_}, std::vector<float>(width));
    }
    for (const Names& names : kNamesOutside) take(names.theirs, std::string(names.ours));
    add("head.bias", {file_.interface.outputs},
        std::vector<float>(static_cast<std::size_t>(file_.interface.outputs)));
    if (!tensors_.empty())
      fail("{}: the tensor {} of shape {} belongs to nothing in a model of RWKV-4", origin_,
           in_quotes(tensors_[0].name), shape_text(tensors_[0].shape));
    note("the layer norm of its embedding, {}, is in the embedding's rows",
         in_quotes(prefix_ + "blocks.0.ln0"));
    note("its blocks have no weights between them: ours, \"weight_ih\", are the identity");
    return std::move(given_);
  }

 private:
  template <class... Args>
  void note(fmt::format_string<Args...> format, Args&&... args) {
    file_.notes.push_back(fmt::format("{}: {}", origin_, fmt::format(format, std::forward<Args>(args)...)));
  }

  auto place_of(std::string_view theirs) {
    return std::ranges::find(tensors_, prefix_ + std::string(theirs), &Tensor::name);
  }
  const Tensor& need(std::string_view theirs, std::string_view expected) {
    const auto found = place_of(theirs);
    if (found == tensors_.end())
      fail("{}: the tensor {} is missing, expected the shape {}", origin_,
           in_quotes(prefix_ + std::string(theirs)), expected);
    for (const Dtype dtype : {Dtype::f16, Dtype::bf16, Dtype::f32, Dtype::f64})
      if (found->dtype == dtype) return *found;
    fail("{}: tensor {} is of dtype {}, expected F16, BF16, F32 or F64", origin_, in_quotes(found->name),
         to_string(found->dtype));
  }
  [[noreturn]] void refuse_shape(const Tensor& tensor, std::string_view expected) const {
    fail("{}: tensor {} has the shape {}, expected {}", origin_, in_quotes(tensor.name),
         shape_text(tensor.shape), expected);
  }
  /// One with a row of d numbers for every character.
  const Tensor& need_rows(std::string_view theirs) {
    const Tensor& tensor = need(theirs, "[V, d]");
    if (tensor.shape.size() != 2 || tensor.shape[0] < 1 || tensor.shape[1] < 1)
      refuse_shape(tensor, "[V, d]");
    return tensor;
  }
  bool is_mix(const Tensor& tensor) const { return tensor.shape == std::vector<std::int64_t>{1, 1, width_}; }
  void check_shape(std::string_view theirs, const std::vector<std::int64_t>& shape) {
    const std::string expected = shape_text(shape);
    const Tensor& tensor = need(theirs, expected);
    if (tensor.shape != shape && !(shape.size() == 1 && is_mix(tensor))) refuse_shape(tensor, expected);
  }

  void tell_model() {
    const Tensor &embedding = need_rows("emb.weight"), &head = need_rows("head.weight");
    width_ = embedding.shape[1];
    file_.interface.inputs = embedding.shape[0];
    file_.interface.outputs = head.shape[0];
    nn::ModelSpec& spec = file_.spec;
    spec.cell = "rwkv4_prenorm";
    spec.hidden = spec.embedding = width_;
    spec.last_norm = nn::Norm::layer;
    spec.layers = 1;
    const std::string blocks = prefix_ + std::string(kBlocks);
    for (const Tensor& tensor : tensors_) {
      if (!tensor.name.starts_with(blocks)) continue;
      int block = 0;
      std::from_chars(tensor.name.data() + blocks.size(), tensor.name.data() + tensor.name.size(), block);
      if (block >= nn::kMaxLayers)
        fail("{}: the tensor {} is of block {}, expected at most {} blocks", origin_, in_quotes(tensor.name),
             block, nn::kMaxLayers);
      spec.layers = std::max(spec.layers, block + 1);
    }
    try {
      table_ = nn::parameter_table(spec, file_.interface);
    } catch (const Error& e) {
      fail("{}: {}", origin_, e.what());
    }
  }

  /// Of all tensors, before anything is made: what is made is no larger than these.
  void check_shapes() {
    for (const char* first : {"blocks.0.ln0.weight", "blocks.0.ln0.bias"}) check_shape(first, {width_});
    const auto check = [&](std::string_view theirs, const std::string& ours) {
      const nn::Parameter& p = *table_.find(ours);
      if (p.is_vector)
        check_shape(theirs, {p.rows});
      else
        check_shape(theirs, {p.rows, p.cols});
    };
    each_of_blocks(check);
    for (const Names& names : kNamesOutside) check(names.theirs, std::string(names.ours));
  }
  template <class F>
  void each_of_blocks(F with) const {
    for (int block = 0; block < file_.spec.layers; ++block)
      for (const Names& names : kNamesOfBlock)
        with(fmt::format("{}{}.{}", kBlocks, block, names.theirs), of_block(names.ours, block));
  }
  static std::string of_block(std::string_view ours, int block) {
    return fmt::format("rnn.{}_l{}", ours, block);
  }

  std::vector<double> finite(std::string_view theirs) {
    const Tensor& tensor = *place_of(theirs);
    std::vector<double> values = to_doubles(tensor);
    for (std::size_t k = 0; k < values.size(); ++k)
      if (!std::isfinite(values[k]))
        fail("{}: tensor {} holds {} at index {}, expected finite numbers", origin_, in_quotes(tensor.name),
             values[k], k);
    return values;
  }
  /// The rows with their norm.
  void take_embedding() {
    const std::vector<double> gain = finite("blocks.0.ln0.weight"), offset = finite("blocks.0.ln0.bias");
    const auto embedding = place_of("emb.weight");
    std::vector<float> rows = to_floats(*embedding);
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
    given_["embedding.weight"] = embedding->name;
    add("embedding.weight", embedding->shape, rows);
    for (const char* used : {"emb.weight", "blocks.0.ln0.weight", "blocks.0.ln0.bias"})
      tensors_.erase(place_of(used));
  }

  void add(const std::string& ours, std::vector<std::int64_t> shape, const std::vector<float>& values) {
    file_.tensors.push_back(make_tensor(ours, std::move(shape), values));
  }
  /// Gives a tensor our name.
  void take(std::string_view theirs, const std::string& ours) {
    const auto found = place_of(theirs);
    given_[ours] = found->name;
    if (is_mix(*found)) found->shape = {width_};
    found->name = ours;
    file_.tensors.push_back(std::move(*found));
    tensors_.erase(found);
  }

  ModelFile& file_;
  std::string origin_, prefix_;
  std::vector<Tensor> tensors_;  // those that are left
  Index width_ = 0;
  nn::ParameterTable table_;
  std::map<std::string, std::string> given_;
};

}  // namespace

bool is_rwkv4(const ModelFile& file) {
  constexpr std::array<std::string_view, 3> endings{kFirst, "blocks.0.att.time_first",
                                                    "blocks.0.ffn.time_mix_k"};
  return std::ranges::all_of(endings, [&](std::string_view ending) {
    return std::ranges::any_of(file.tensors, [&](const Tensor& t) { return t.name.ends_with(ending); });
  });
}

std::map<std::string, std::string> adopt_rwkv4(ModelFile& file, std::string_view origin,
                                               const ImportOptions& options) {
  const ImportWays& ways = options.ways;
  if (!options.cell.empty() || !options.head.empty() || !options.embedding.empty())
    fail("'{}' names its tensors as RWKV-4 does, which says what they are: cell, {} and {} cannot be chosen",
         origin, ways.head_name, ways.embedding_name);
  return Rwkv4Dict(file, origin).run();
}

}  // namespace gatescope::checkpoint
