#include "core/checkpoint/state_dict.h"

// How PyTorch names things: a recurrent module `P` has P.weight_ih_l0, P.weight_hh_l0, P.bias_ih_l0,
// P.bias_hh_l0, the same with l1, l2, ... for further layers and with _reverse for the second direction; a
// single cell has P.weight_ih and so on. Layers may be modules of their own, told apart by numbers. A linear
// module has P.weight and P.bias; an embedding has P.weight. What P is called is the user's choice, so names
// are hints and shapes decide.

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <functional>
#include <utility>

#include "core/checkpoint/dict_reader.h"
#include "core/checkpoint/mamba_dict.h"
#include "core/checkpoint/rwkv4_dict.h"
#include "core/error.h"
#include "core/in_quotes.h"

namespace gatescope::checkpoint {
namespace {

/// "model.lstm.weight_hh_l1_reverse" in parts.
struct RecurrentName {
  std::string prefix;  // "model.lstm."
  std::string kind;    // "weight_hh"
  int layer = 0;
  bool reverse = false;
  bool single = false;  // of a single cell, "weight_hh"

  std::string suffix() const {
    return single ? kind : fmt::format("{}_l{}{}", kind, layer, reverse ? "_reverse" : "");
  }
};

constexpr std::array<std::string_view, 6> kKinds{"weight_ih", "weight_hh", "bias_ih",
                                                 "bias_hh",   "weight_hr", "peephole"};

std::optional<RecurrentName> recurrent_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
  std::string_view rest = name.substr(begin);
  for (const std::string_view kind : kKinds) {
    if (!rest.starts_with(kind)) continue;
    rest.remove_prefix(kind.size());
    RecurrentName parts{std::string(name.substr(0, begin)), std::string(kind)};
    parts.single = rest.empty();
    if (parts.single) return parts;
    if (!rest.starts_with("_l")) return std::nullopt;
    rest.remove_prefix(2);
    const bool digit_first = !rest.empty() && std::isdigit(static_cast<unsigned char>(rest[0]));
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), parts.layer);
    if (!digit_first || code != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    parts.reverse = rest == "_reverse";
    if (!rest.empty() && !parts.reverse) return std::nullopt;
    if (parts.prefix + parts.suffix() != name) return std::nullopt;  // "l00" and the like
    return parts;
  }
  return std::nullopt;
}

/// "lstm10." as (text, number) in turn, so that it comes after "lstm2.", and that after "lstm.".
std::vector<std::pair<std::string, std::string>> in_natural_order(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parts(1);
  for (const char c : text) {
    const bool digit = std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (c == '.' || (!digit && !parts.back().second.empty())) parts.emplace_back();
    (digit ? parts.back().second : parts.back().first) += c;
  }
  for (auto& [words, number] : parts) {
    const std::size_t zeros = std::min(number.find_first_not_of('0'), number.size());
    // Shorter numbers are smaller ones.
    number = number.empty() ? "" : fmt::format("{:06}", number.size() - zeros) + number.substr(zeros);
  }
  return parts;
}

std::string without_digits(std::string_view text) {
  std::string rest;
  for (const char c : text)
    if (!std::isdigit(static_cast<unsigned char>(c)) && c != '_' && c != '.') rest += c;
  return rest;
}

/// The parts of a module's name from the last to the first, in lower case: "Model.Head.0" gives 0, head,
/// model.
std::vector<std::string> words_from_last(std::string_view module) {
  std::vector<std::string> words(1);
  for (const char c : module) {
    if (c == '.')
      words.emplace_back();
    else
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::ranges::reverse(words);
  return words;
}

enum class Use { unknown, embedding, head };

/// What a module's name makes it; its last telling part counts.
Use use_of(std::string_view module) {
  for (const std::string& word : words_from_last(module)) {
    const auto begins = [&](std::string_view with) { return word.starts_with(with); };
    if (begins("emb") || word.ends_with("_emb") || word.find("embed") != std::string::npos ||
        begins("encoder") || begins("lookup") || word == "wte") {
      return Use::embedding;
    }
    if (word.find("head") != std::string::npos || word.find("logits") != std::string::npos || begins("fc") ||
        begins("lin") || begins("lm_") || begins("out") || begins("decoder") || begins("proj") ||
        begins("classifier") || begins("dense") || begins("readout") || word == "h2o") {
      return Use::head;
    }
  }
  return Use::unknown;
}

/// A program whose models are named in a way of their own, and why their layers are no layers here.
struct ForeignModel {
  std::array<std::string_view, 3> endings;  // of names that all stand in it
  std::string_view what, why;
};
constexpr std::array<ForeignModel, 4> kForeignModels{{
    {{"mixer.A_log", "mixer.in_proj.weight", "mixer.dt_bias"},
     "Mamba-2 (state-spaces/mamba)",
     "it convolves keys, queries and values, and has a norm before its last matrix; mamba2 here does neither "
     "by itself"},
    {{"igate.weight", "fgate.weight", "learnable_skip"},
     "an mLSTM (NX-AI/xlstm)",
     "its gates see queries, keys and values of a wider inner layer; mlstm here computes all of them from "
     "one "
     "input"},
    {{"igate.weight", "fgate.weight", "_recurrent_kernel_"},
     "an sLSTM (NX-AI/xlstm)",
     "its input and forget gates see a convolution of the input, its candidate and output gate the input "
     "itself; slstm here has one input"},
    {{"igate_preact.weight", "fgate_preact.weight", "ogate_preact.weight"},
     "an xLSTM Large (NX-AI/xlstm)",
     "its queries and keys are narrower than its values, and it has layer norms; mlstm here has neither"},
}};

bool is_integer(Dtype dtype) {
  return dtype == Dtype::boolean || dtype == Dtype::u8 || dtype == Dtype::i8 || dtype == Dtype::u16 ||
         dtype == Dtype::i16 || dtype == Dtype::u32 || dtype == Dtype::i32 || dtype == Dtype::u64 ||
         dtype == Dtype::i64;
}

/// The program that wrote a model with these tensors, or null.
const ForeignModel* foreign_model(const std::vector<std::string>& names) {
  const auto there = [&](std::string_view ending) {
    return std::ranges::any_of(names, [&](const std::string& name) { return name.ends_with(ending); });
  };
  const auto* const found = std::ranges::find_if(
      kForeignModels, [&](const ForeignModel& model) { return std::ranges::all_of(model.endings, there); });
  return found == kForeignModels.end() ? nullptr : found;
}

/// Whether a tensor is an optimizer's or a loss's, not the model's.
bool is_of_training(std::string_view name) {
  constexpr std::array<std::string_view, 12> words{
      "optimizer", "optimizers",      "optim",   "exp_avg",    "exp_avg_sq",   "max_exp_avg_sq",
      "criterion", "momentum_buffer", "loss_fn", "square_avg", "lr_scheduler", "scheduler"};
  return std::ranges::any_of(words_from_last(name), [&](const std::string& word) {
    return std::ranges::find(words, word) != words.end();
  });
}

/// Whether a tensor's name is that of a state that a module begins with or has kept.
bool is_kept_state(std::string_view name) {
  constexpr std::array<std::string_view, 12> words{
      "h0", "c0", "h_0", "c_0", "hx", "cx", "hidden", "state", "h", "init_h", "init_c", "cell_state"};
  return std::ranges::find(words, words_from_last(name)[0]) != words.end();
}

std::string quoted_list(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (std::size_t k = 0; k < std::min<std::size_t>(names.size(), 8); ++k)
    quoted.push_back(in_quotes(names[k]));
  return fmt::format("{}{}", fmt::join(quoted, ", "), names.size() > 8 ? ", ..." : "");
}

/// Throws Unanswered with a formatted message.
template <class... Args>
[[noreturn]] void ask(fmt::format_string<Args...> format, Args&&... args) {
  throw Unanswered(fmt::format(format, std::forward<Args>(args)...));
}

class Adoption : DictReader {
 public:
  Adoption(ModelFile& file, std::string_view origin, const ImportOptions& options, Index characters)
      : DictReader(file, origin),
        name_(origin),
        options_(options),
        ways_(options.ways),
        characters_(characters) {}

  std::map<std::string, std::string> run() {
    leave_out([](const Tensor& tensor) { return is_of_training(tensor.name); });
    const auto adopt = is_mamba(file_.tensors)   ? adopt_mamba
                       : is_rwkv4(file_.tensors) ? adopt_rwkv4
                                                 : nullptr;
    if (adopt) {
      given_ = adopt(file_, name_, options_);
      note_left_out();
      return std::move(given_);
    }
    find_recurrent();
    tell_cell();
    find_modules();
    tell_input();
    rename();
    add_missing_biases();
    note_left_out();
    return std::move(given_);
  }

 private:
  /// Where a layer's tensors are: in the module `prefix`, as its layer number `layer`.
  struct Place {
    std::string prefix;
    int layer = 0;
    bool single = false;

    std::string name(std::string_view kind, bool reverse = false) const {
      return prefix + RecurrentName{"", std::string(kind), layer, reverse, single}.suffix();
    }
  };

  void note_left_out() {
    if (!left_out_.empty()) note("{} left out: no parameters of the model", quoted_list(left_out_));
  }

  void leave_out(const std::function<bool(const Tensor&)>& is_none) {
    for (const Tensor& tensor : file_.tensors)
      if (is_none(tensor)) left_out_.push_back(tensor.name);
    std::erase_if(file_.tensors, is_none);
  }

  // --- The recurrent layers ---------------------------------------------------------------------------

  void find_recurrent() {
    std::map<std::string, std::vector<RecurrentName>> modules;
    for (const Tensor& tensor : file_.tensors) {
      const auto name = recurrent_name(tensor.name);
      if (!name) continue;
      if (name->kind == "weight_hr") {
        fail("{}: the tensor {} belongs to an LSTM with projections (proj_size), which is not supported",
             origin_, in_quotes(tensor.name));
      }
      if (name->layer >= nn::kMaxLayers) {
        fail("{}: the tensor {} is of layer {}, expected at most {} layers", origin_, in_quotes(tensor.name),
             name->layer, nn::kMaxLayers);
      }
      modules[name->prefix].push_back(*name);
      recurrent_.push_back(*name);
      file_.spec.bidirectional = file_.spec.bidirectional || name->reverse;
    }
    if (recurrent_.empty()) {
      std::vector<std::string> names;
      for (const Tensor& tensor : file_.tensors) names.push_back(tensor.name);
      if (const ForeignModel* model = foreign_model(names)) {
        fail(
            "{}: this is {}, whose layers cannot be read: {}. Expected a model of PyTorch's recurrent layers "
            "or "
            "of this program",
            origin_, model->what, model->why);
      }
      fail("{}: there is no recurrent layer in it, expected tensors such as \"rnn.weight_ih_l0\"; it has {}",
           origin_, names.empty() ? "none" : quoted_list(names));
    }
    place_layers(modules);
  }

  /// Modules of their own are layers in the order of their numbers.
  void place_layers(const std::map<std::string, std::vector<RecurrentName>>& modules) {
    std::vector<std::string> prefixes;
    for (const auto& [prefix, names] : modules) prefixes.push_back(prefix);
    for (const std::string& prefix : prefixes) {
      if (without_digits(prefix) == without_digits(prefixes[0])) continue;
      fail("{}: it has {} recurrent modules, {}, expected one, or layers whose names differ by a number only",
           origin_, prefixes.size(), quoted_list(prefixes));
    }
    std::ranges::sort(prefixes, {}, in_natural_order);
    for (const std::string& prefix : prefixes) {
      const std::vector<RecurrentName>& names = modules.at(prefix);
      const bool single = std::ranges::any_of(names, &RecurrentName::single);
      if (single && !std::ranges::all_of(names, &RecurrentName::single)) {
        fail("{}: the module {} has tensors of a single cell and of layers, expected one kind", origin_,
             in_quotes(prefix));
      }
      int layers = 0;
      for (const RecurrentName& name : names) layers = std::max(layers, name.layer + 1);
      for (int layer = 0; layer < layers; ++layer) places_.push_back({prefix, layer, single});
    }
    if (std::ssize(places_) > nn::kMaxLayers)
      fail("{}: it has {} layers, expected at most {}", origin_, places_.size(), nn::kMaxLayers);
    file_.spec.layers = static_cast<int>(places_.size());
    if (prefixes.size() > 1)
      note("{} are the layers 0 to {}, in this order", quoted_list(prefixes), places_.size() - 1);
  }

  bool has_kind(std::string_view kind) const {
    return std::ranges::any_of(recurrent_, [&](const RecurrentName& name) { return name.kind == kind; });
  }

  std::string cell_hint() const {
    for (const std::string& word : words_from_last(places_[0].prefix)) {
      for (const char* cell : {"lstm", "gru"})
        if (word.find(cell) != std::string::npos) return cell;
    }
    return {};
  }

  void tell_cell() {
    const std::string input_name = places_[0].name("weight_ih"), recurrent = places_[0].name("weight_hh");
    nn::ModelSpec& spec = file_.spec;
    if (!options_.cell.empty()) {
      const nn::CellInfo& cell = nn::find_cell(options_.cell);
      const Index blocks = cell.parameters[0].rows.times;
      const Tensor& input = matrix(input_name, "[rows, inputs]");
      if (input.shape[0] % blocks != 0) {
        fail("{}: tensor {} has the shape {}, which cannot be a {}: its rows must be a multiple of {}",
             origin_, in_quotes(input_name), shape_text(input.shape), cell.key, blocks);
      }
      spec.cell = cell.key;
      spec.hidden = input.shape[0] / blocks;
    } else {
      tell_cell_by_shape(matrix(recurrent, "[rows, hidden]"));
    }
    if (spec.hidden > nn::kMaxHidden) {
      fail("{}: tensor {} makes the hidden size {}, expected at most {}", origin_, in_quotes(recurrent),
           spec.hidden, nn::kMaxHidden);
    }
    check_stack();
  }

  void tell_cell_by_shape(const Tensor& weight) {
    nn::ModelSpec& spec = file_.spec;
    const Index rows = weight.shape[0], hidden = weight.shape[1];
    const bool peephole = has_kind("peephole");
    const Index ratio = rows % hidden == 0 ? rows / hidden : 0;
    if (ratio == 4)
      spec.cell = peephole ? "lstm_peephole" : "lstm";
    else if (ratio == 3)
      spec.cell = peephole ? "lstm_coupled_peephole" : "gru";
    else if (ratio == 1 && !peephole)
      spec.cell = "rnn";
    else {
      ask("{}: tensor {} has the shape {}, expected [4*H, H] (lstm), [3*H, H] (gru) or [H, H] (rnn); say {} "
          "what it is",
          origin_, in_quotes(weight.name), shape_text(weight.shape), ways_.cell);
    }
    const std::string hint = cell_hint();
    if (!hint.empty() && !spec.cell.starts_with(hint)) {
      ask("{}: tensor {} has the shape {}, expected {} from its name; say {} what it is", origin_,
          in_quotes(weight.name), shape_text(weight.shape),
          shape_text({(hint == "lstm" ? 4 : 3) * hidden, hidden}), ways_.cell);
    }
    spec.hidden = hidden;
    if (spec.cell == "rnn") {
      note("the file does not say the RNN's activation; tanh is assumed, ReLU is chosen {}", ways_.relu);
    }
  }

  /// Modules of their own must be one stack: equally wide, each reading what the one below it gives.
  void check_stack() const {
    const nn::ModelSpec& spec = file_.spec;
    const Index blocks = nn::find_cell(spec.cell).parameters[0].rows.times;
    const Index gives = spec.gives();
    for (std::size_t k = 1; k < places_.size(); ++k) {
      if (places_[k].prefix == places_[0].prefix) continue;
      const Tensor& input = matrix(places_[k].name("weight_ih"), "[rows, inputs]");
      if (input.shape[0] != blocks * spec.hidden) {
        fail(
            "{}: tensor {} has the shape {}, expected [{}, {}]: layers of different widths or cells are not "
            "supported",
            origin_, in_quotes(input.name), shape_text(input.shape), blocks * spec.hidden, gives);
      }
      if (input.shape[1] != gives) {
        fail(
            "{}: tensor {} has the shape {}, expected [{}, {}]: layer {} must read the {} values that layer "
            "{} "
            "gives",
            origin_, in_quotes(input.name), shape_text(input.shape), blocks * spec.hidden, gives, k, gives,
            k - 1);
      }
    }
  }

  // --- Embedding and read-out -------------------------------------------------------------------------

  /// A module that an option names, as the file has it: "fc" is "model.fc" too where that is the only one.
  std::string named_module(const std::string& wanted, std::string_view option) const {
    std::vector<std::string> right;
    for (const std::string& module : modules_) {
      if (module == wanted) return module;
      if (module.ends_with("." + wanted)) right.push_back(module);
    }
    if (right.size() == 1) return right[0];
    ask("{}: {} {} names no module, expected one of {}", origin_, option, in_quotes(wanted),
        quoted_list(modules_));
  }

  Index width() const { return file_.spec.gives(); }
  /// What the first layer reads a step.
  Index read_width() const { return matrix(places_[0].name("weight_ih"), "[rows, inputs]").shape[1]; }
  Index rows_of(const std::string& module) const { return find(module + ".weight")->shape[0]; }
  Index columns_of(const std::string& module) const { return find(module + ".weight")->shape[1]; }

  /// Whether a module's vectors are as long as what the first layer reads.
  bool makes_input(const std::string& module) const { return columns_of(module) == read_width(); }
  /// Whether one matrix can be both.
  bool can_be_both(const std::string& module) const {
    return makes_input(module) && columns_of(module) == width();
  }

  /// A read-out of one value may have its weights in a row.
  void take_row_as_head() {
    Tensor* row = nullptr;
    for (Tensor& tensor : file_.tensors) {
      if (!tensor.name.ends_with(".weight") ||
          use_of(tensor.name.substr(0, tensor.name.size() - 7)) != Use::head)
        continue;
      if (tensor.shape.size() == 2) return;
      if (tensor.shape == std::vector<std::int64_t>{width()}) row = &tensor;
    }
    if (row) row->shape.insert(row->shape.begin(), 1);
  }

  void find_modules() {
    take_row_as_head();
    for (const Tensor& tensor : file_.tensors) {
      if (tensor.shape.size() == 2 && tensor.shape[0] > 0 && tensor.shape[1] > 0 &&
          tensor.name.ends_with(".weight")) {
        modules_.push_back(tensor.name.substr(0, tensor.name.size() - 7));
      }
    }
    const bool no_embedding = options_.embedding == "none" && !find("none.weight");
    std::optional<std::string> head, embedding;
    if (!options_.head.empty()) head = named_module(options_.head, ways_.head_name);
    if (!options_.embedding.empty() && !no_embedding)
      embedding = named_module(options_.embedding, ways_.embedding_name);
    std::vector<std::string> heads, embeddings, unknown;
    for (const std::string& module : modules_) {
      if (module == head || module == embedding) continue;
      const Use use = use_of(module);
      (use == Use::head ? heads : use == Use::embedding ? embeddings : unknown).push_back(module);
    }
    // What the names leave open, the only module that is left over must be.
    if (!head && heads.empty() && unknown.size() == 1) std::swap(heads, unknown);
    if (!embedding && embeddings.empty() && unknown.size() == 1 && makes_input(unknown[0])) {
      std::swap(embeddings, unknown);
    }
    if (!embedding && embeddings.size() > 1) {
      ask("{}: which module is the embedding cannot be told; say it {}, one of {}", origin_, ways_.embedding,
          quoted_list(embeddings));
    }
    if (!embedding && !no_embedding && embeddings.size() == 1) embedding = embeddings[0];
    if (!head) head = tell_head(heads, unknown, embedding);
    if (!embedding && !no_embedding && is_tied_head(*head)) embedding = head;
    head_ = *head;
    embedding_ = embedding;
    if (head == embedding) share_matrix();
  }

  std::string tell_head(const std::vector<std::string>& heads, const std::vector<std::string>& unknown,
                        const std::optional<std::string>& embedding) const {
    if (heads.size() == 1) return heads[0];
    if (heads.empty() && unknown.empty()) {
      if (embedding && can_be_both(*embedding)) return *embedding;
      if (!embedding) {
        fail("{}: there is no read-out in it, expected tensors such as \"head.weight\" of shape [V, {}]",
             origin_, width());
      }
      ask("{}: there is no read-out in it but only the embedding {} of shape {}, which would have to be [V, "
          "{}] "
          "to be both; another module is named {}, one of {}",
          origin_, in_quotes(*embedding), shape_text(find(*embedding + ".weight")->shape), width(),
          ways_.head, quoted_list(modules_));
    }
    ask("{}: which module is the read-out cannot be told; say it {}, one of {}", origin_, ways_.head,
        quoted_list(heads.empty() ? modules_ : heads));
  }

  /// Whether a read-out without an embedding beside it must be both: what the first layer reads are its
  /// vectors, and not one number a character.
  bool is_tied_head(const std::string& head) const {
    if (!can_be_both(head) || rows_of(head) == read_width()) return false;
    return characters_ == 0 || characters_ != read_width();
  }

  /// PyTorch's modules share the matrix; safetensors keeps one copy. The model gets both.
  void share_matrix() {
    const std::string only = head_;
    if (!can_be_both(only)) {
      fail(
          "{}: {} of shape {} cannot be the read-out and the embedding: for that its rows must have the {} "
          "values that a layer gives and the {} that the first one reads",
          origin_, in_quotes(only), shape_text(find(only + ".weight")->shape), width(), read_width());
    }
    Tensor copy = *find(only + ".weight");
    if (options_.embedding.empty() && use_of(only) != Use::embedding) {
      note(
          "the matrix of {} is used for the embedding, too (tied weights); a model without an embedding is "
          "told "
          "{}",
          in_quotes(only), ways_.no_embedding);
    } else {
      note("the matrix of {} is used for embedding and read-out (tied weights)", in_quotes(only));
    }
    // Where the read-out's bias is left, that is its name.
    head_ = unused_name("head");
    for (const Tensor& tensor : file_.tensors) {
      if (!tensor.name.ends_with(".bias") || tensor.shape != std::vector<std::int64_t>{copy.shape[0]})
        continue;
      const std::string module = tensor.name.substr(0, tensor.name.size() - 5);
      if (module == only || !find(module + ".weight")) head_ = module;
    }
    embedding_ = only;
    if (head_ == only) {  // its bias stays with it, the embedding is the copy
      embedding_ = unused_name("embedding");
      copy.name = *embedding_ + ".weight";
    } else {
      copy.name = head_ + ".weight";
    }
    file_.tensors.push_back(std::move(copy));
  }

  std::string unused_name(std::string name) const {
    while (find(name + ".weight") || find(name + ".bias")) name += "_";
    return name;
  }

  void tell_input() {
    nn::Interface& interface = file_.interface;
    interface.outputs = matrix(head_ + ".weight", "[V, hidden]").shape[0];
    interface.inputs = read_width();
    if (embedding_) {
      const Tensor& weight = matrix(*embedding_ + ".weight", "[V, E]");
      interface.inputs = weight.shape[0];
      file_.spec.embedding = weight.shape[1];
    }
    if (interface.outputs == 1) {
      interface.readout = nn::Readout::linear;
      note("its read-out {} gives one value, which is taken as it is", in_quotes(head_));
    } else if (interface.inputs != interface.outputs) {
      note("it reads {} characters and tells {} classes, which are called by their numbers", interface.inputs,
           interface.outputs);
    }
  }

  // --- Names ------------------------------------------------------------------------------------------

  /// The file's name for one of ours.
  std::string given_name(const std::string& ours) const {
    if (const auto name = recurrent_name(ours)) return places_[name->layer].name(name->kind, name->reverse);
    if (ours.starts_with("head.")) return head_ + ours.substr(4);
    return embedding_.value_or("embedding") + ours.substr(9);
  }

  void rename() {
    table_ = table();
    for (const nn::Parameter& p : table_.all()) given_[p.name] = given_name(p.name);
    std::vector<Tensor> in_order;
    for (const nn::Parameter& p : table_.all()) {
      const auto found = std::ranges::find(file_.tensors, given_[p.name], &Tensor::name);
      if (found == file_.tensors.end()) continue;
      in_order.push_back(std::move(*found));
      file_.tensors.erase(found);
      in_order.back().name = p.name;
    }
    leave_out([](const Tensor& tensor) {
      return is_integer(tensor.dtype) ||
             (is_kept_state(tensor.name) && tensor.bytes.find_first_not_of('\0') == std::string::npos);
    });
    // A name of ours on a tensor that is none of ours would be taken for it.
    for (Tensor& tensor : file_.tensors) {
      if (given_.contains(tensor.name)) refuse(tensor, "the model");
      in_order.push_back(std::move(tensor));
    }
    file_.tensors = std::move(in_order);
  }

  /// A module without any bias was built without; one alone that is missing is an error.
  void add_missing_biases() {
    for (const nn::Parameter& p : table_.all()) {
      const auto name = recurrent_name(p.name);
      bool absent = p.name == "head.bias";
      if (name && name->kind.starts_with("bias_")) {
        const std::string& prefix = places_[name->layer].prefix;
        absent = std::ranges::none_of(recurrent_, [&](const RecurrentName& other) {
          return other.prefix == prefix && other.kind.starts_with("bias_");
        });
      }
      if (!absent || find(p.name)) continue;
      file_.tensors.push_back(
          make_tensor(p.name, {p.rows}, std::vector<float>(static_cast<std::size_t>(p.rows))));
    }
  }

  std::string_view name_;  // of the file
  const ImportOptions& options_;
  const ImportWays& ways_;
  Index characters_;
  std::vector<RecurrentName> recurrent_;
  std::vector<Place> places_;  // of the layers
  std::string head_;
  std::optional<std::string> embedding_;
  std::vector<std::string> modules_, left_out_;
  nn::ParameterTable table_;
};

}  // namespace

std::map<std::string, std::string> adopt_state_dict(ModelFile& file, std::string_view origin,
                                                    const ImportOptions& options, Index characters) {
  return Adoption(file, origin, options, characters).run();
}

}  // namespace gatescope::checkpoint
