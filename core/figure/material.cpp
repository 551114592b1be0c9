#include "core/figure/material.h"

#include <algorithm>
#include <deque>
#include <fstream>
#include <map>
#include <numeric>

#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/observe/observe.h"
#include "core/sha256.h"
#include "core/task/vocabulary.h"
#include "core/train/history.h"
#include "core/utf8.h"

namespace gatescope::figure {
namespace fs = std::filesystem;
namespace {

struct Found {
  fs::path path;
  std::string bytes;  // but of tables, which may be larger than the memory
};

/// A kind of file: what errors call it, how it begins, and how large it may be.
struct Kind {
  std::string_view name;
  bool (*begins_right)(std::string_view bytes, std::uintmax_t size);
  std::uintmax_t most_bytes;
  bool is_table = false;
};

/// The file, if it has these bytes. Throws Error where it cannot be read.
std::optional<Found> read_if(const fs::path& path, const FileReference& file, const Kind& kind) {
  Found found{path, kind.is_table ? std::string() : read_file(path, kind.most_bytes)};
  // A table may have grown since: its first bytes are meant.
  const std::string digest =
      kind.is_table ? sha256_of_file(path, file.size.value_or(train::kWhole)) : sha256(found.bytes);
  if (digest != file.sha256) return std::nullopt;
  return found;
}

/// 8 bytes, the length of a JSON object, little-endian, then the object.
bool begins_as_safetensors(std::string_view bytes, std::uintmax_t size) {
  if (bytes.size() < 9 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  for (std::size_t k = 8; k-- > 0;) length = length << 8 | static_cast<unsigned char>(bytes[k]);
  return length >= 2 && length <= size - 8;
}

constexpr Kind kModel{"model", begins_as_safetensors, kLargestFile};
constexpr Kind kVocabulary{"vocabulary", [](std::string_view, std::uintmax_t) { return true; },
                           std::uintmax_t{1} << 28};
constexpr Kind kMetrics{"table of metrics", [](std::string_view, std::uintmax_t) { return true; },
                        std::uintmax_t{1} << 34, true};

constexpr int kDepth = 2;                                          // of subfolders
constexpr std::size_t kMostEntries = 10000;                        // of a folder and its subfolders
constexpr std::uintmax_t kMostOfOthers = std::uintmax_t{1} << 30;  // bytes of files with other names

/// The search for a file of a figure that is opened again. Nothing that a figure names is waited for, and
/// nothing large is read that cannot be it.
class Search {
 public:
  Search(const FileReference& file, const Kind& kind, const Places& places)
      : file_(file), kind_(kind), places_(places), name_(file.path.filename()) {}

  Found find() {
    for (const fs::path& path : places_.files) {
      std::error_code code;
      if (fs::is_directory(path, code))
        folders_.push_back(path);
      else if (is_it(path, true))
        return take();
    }
    std::error_code code;
    folders_.insert(folders_.end(), places_.folders.begin(), places_.folders.end());
    folders_.push_back(fs::absolute(places_.of_figure, code).parent_path());
    folders_.push_back(fs::current_path(code));
    for (const fs::path& folder : folders_) {
      if (is_it(folder / name_, true)) return take();
      if (file_.path.is_relative() && is_it(folder / file_.path, true)) return take();
    }
    if (file_.path.is_absolute() && is_it(file_.path, true)) return take();
    if (!file_.absolute.empty() && is_it(file_.absolute, true)) return take();
    if (const auto once = places_.remembered ? places_.remembered(file_.sha256) : std::nullopt;
        once && is_it(*once, true))
      return take();
    for (const fs::path& folder : folders_)
      if (is_below(folder)) return take();
    refuse();
  }

 private:
  Found take() { return std::move(found_); }

  /// Whether the file has the bytes. `expected`: people take it for the one that is meant.
  bool is_it(const fs::path& path, bool expected) {
    std::error_code code;
    if (!fs::is_regular_file(path, code)) return false;
    const std::uintmax_t size = fs::file_size(path, code);
    if (code) return false;
    if (size <= kind_.most_bytes &&
        (!file_.size || size == *file_.size || (kind_.is_table && size > *file_.size)) &&
        (expected || size <= left_for_others_) && begins_right(path, size)) {
      if (!expected) left_for_others_ -= size;
      try {
        if (auto found = read_if(path, file_, kind_)) {
          found_ = std::move(*found);
          return true;
        }
      } catch (const Error&) {
        return false;  // another one may be readable
      }
    }
    if (expected && changed_.empty()) changed_ = path;
    return false;
  }

  bool begins_right(const fs::path& path, std::uintmax_t size) const {
    std::ifstream file(path, std::ios::binary);
    std::string begin(16, '\0');
    file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
    begin.resize(static_cast<std::size_t>(file.gcount()));
    return kind_.begins_right(begin, size);
  }

  /// Looks through a folder's subfolders, the nearest first: for the name, then for the size.
  bool is_below(const fs::path& top) {
    if (top == top.root_path()) return false;  // the whole machine
    std::vector<fs::path> others;
    std::deque<std::pair<fs::path, int>> waiting{{top, 0}};
    std::size_t entries = 0;
    for (; !waiting.empty(); waiting.pop_front()) {
      const auto& [folder, depth] = waiting.front();
      std::error_code code;
      for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
        if (++entries > kMostEntries) break;
        const fs::path& path = entry->path();
        std::error_code ignored;
        const bool hidden = path.filename().native().starts_with('.');
        if (entry->symlink_status(ignored).type() == fs::file_type::directory) {
          if (depth < kDepth && !hidden) waiting.emplace_back(path, depth + 1);
        } else if (path.filename() == name_) {
          if (is_it(path, true)) return true;
        } else if (file_.size && path.extension() == name_.extension() &&
                   entry->file_size(ignored) == *file_.size) {
          others.push_back(path);
        }
      }
    }
    return std::ranges::any_of(others, [&](const fs::path& path) { return is_it(path, false); });
  }

  [[noreturn]] void refuse() const {
    const std::string digest = fmt::format("SHA-256 {}...", file_.sha256.substr(0, 12));
    if (!changed_.empty()) {
      fail("the {} at '{}' is not the one that made it: trained on since, or another ({} expected)",
           kind_.name, changed_.string(), digest);
    }
    std::string looked;
    for (std::size_t k = 0; k < folders_.size(); ++k) {
      if (std::find(folders_.begin(), folders_.begin() + static_cast<std::ptrdiff_t>(k), folders_[k]) ==
          folders_.begin() + static_cast<std::ptrdiff_t>(k))
        looked += fmt::format("{}'{}'", looked.empty() ? "" : ", ", folders_[k].string());
    }
    fail(
        "the {} '{}' ({}{}) is missing (looked for in {} and their subfolders{}); --model FILE or --look-in "
        "DIR says where it is",
        kind_.name, name_.string(), file_.size ? fmt::format("{} bytes, ", *file_.size) : "", digest, looked,
        file_.absolute.empty() ? "" : fmt::format(", and at '{}'", file_.absolute.string()));
  }

  const FileReference& file_;
  const Kind& kind_;
  const Places& places_;
  fs::path name_, changed_;
  std::vector<fs::path> folders_;
  std::uintmax_t left_for_others_ = kMostOfOthers;
  Found found_;
};

/// Throws Error that says what is wrong with it, without saying of which figure.
Found find_file(const FileReference& file, const Kind& kind, const Places& places) {
  if (file.path.empty()) fail("the {} was never saved to a file", kind.name);
  if (!places.of_figure.empty()) return Search(file, kind, places).find();
  if (auto found = read_if(file.path, file, kind)) return std::move(*found);
  fail("the {} '{}' was changed by another program meanwhile", kind.name, file.path.string());
}

/// Two models of one name are told apart by their files' names, else by their folders', else by their
/// numbers.
void tell_apart(std::vector<std::string>& names, const FigureRequest& request) {
  const std::vector<std::string> given = names;
  for (std::size_t m = 0; m < names.size(); ++m) {
    std::vector<std::string> stems, folders;
    std::size_t mine = 0;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (given[k] != given[m]) continue;
      if (k == m) mine = stems.size();
      const fs::path path = request.models[k].file.absolute;
      stems.push_back(printable(path.stem().string()));
      folders.push_back(printable(path.parent_path().filename().string()));
    }
    if (stems.size() < 2) continue;
    const auto unique = [&](const std::vector<std::string>& list) {
      return std::ranges::count(list, list[mine]) == 1;
    };
    names[m] += fmt::format(" ({})", unique(stems)     ? stems[mine]
                                     : unique(folders) ? folders[mine]
                                                       : std::to_string(mine + 1));
  }
}

checkpoint::ImportOptions import_options(const ModelReference& model,
                                         const std::optional<fs::path>& vocabulary) {
  checkpoint::ImportOptions options;
  options.vocabulary = vocabulary;
  options.cell = model.cell, options.head = model.head, options.embedding = model.embedding;
  return options;
}

/// The numbers that a model has for a sequence's characters.
observe::Pair encode(const LabelledSequence& sequence, const observe::Model<float>& model) {
  observe::Pair pair;
  const std::vector<std::string>& known = model.alphabet.inputs;
  for (const std::string& character : sequence.characters) {
    const auto found = std::ranges::find(known, character);
    if (found == known.end())
      fail("the sequence has {} at step {}, which {} does not know", in_quotes(character), pair.tokens.size(),
           model.name);
    pair.tokens.push_back(static_cast<int>(found - known.begin()));
  }
  pair.targets = sequence.labels;
  return pair;
}

}  // namespace

Material load_material(const FigureRequest& request, const Places& places) {
  Material material;
  std::string problems;
  std::map<fs::path, train::History> tables;  // several models share one
  const auto find = [&](const FileReference& file, const Kind& kind) -> std::optional<Found> {
    try {
      return find_file(file, kind, places);
    } catch (const Error& error) {
      problems += (problems.empty() ? "" : "; ") + std::string(error.what());
      return std::nullopt;
    }
  };
  std::vector<std::string> names;
  for (const ModelReference& model : request.models) {
    const auto file = find(model.file, kModel);
    const auto vocabulary = model.vocabulary ? find(*model.vocabulary, kVocabulary) : std::nullopt;
    const auto metrics = model.metrics ? find(*model.metrics, kMetrics) : std::nullopt;
    if (!problems.empty()) continue;
    checkpoint::ModelFile read = checkpoint::parse_model(
        file->bytes, file->path.string(),
        import_options(model, vocabulary ? std::optional(vocabulary->path) : std::nullopt));
    observe::Model<float> made;
    made.network = std::make_shared<nn::Network<float>>(checkpoint::make_network<float>(read));
    made.alphabet = observe::alphabet_of(read.interface, std::move(read.vocabulary));
    if (request.sequence) {
      made.alphabet.outputs = request.sequence->classes;
      made.alphabet.outcome = &task::kLabel;
    }
    names.push_back(legend_name(read.spec.name, made.network->cell()));
    Observation& observation = material.observations.emplace_back();
    observation.network = made.network;
    observation.alphabet = made.alphabet;
    material.models.push_back(std::move(made));
    if (metrics) {
      const auto [table, is_new] = tables.try_emplace(metrics->path);
      if (is_new)
        table->second = train::read_history(metrics->path, model.metrics->size.value_or(train::kWhole));
      const train::History& history = table->second;
      // A run of one model may have been renamed since; with several, the name tells whose rows they are.
      const train::History::Model* rows = history.models().size() == 1
                                              ? &history.models().front()
                                              : history.find(train::name_in_table(read.spec.name));
      if (!rows) {
        fail("'{}' has no rows of the model {}, which is in '{}'", metrics->path.string(), names.back(),
             file->path.string());
      }
      observation.metrics = rows->rows;
    }
  }
  if (!problems.empty()) {
    fail(
        "{}{}",
        places.of_figure.empty() ? "" : fmt::format("'{}' cannot be made again: ", places.of_figure.string()),
        problems);
  }
  tell_apart(names, request);
  for (std::size_t m = 0; m < names.size(); ++m)
    material.models[m].name = material.observations[m].name =
        request.models[m].name.empty() ? names[m] : request.models[m].name;
  return material;
}

std::vector<std::string> describe(FigureRequest& request) {
  std::vector<std::string> notes, names;
  for (ModelReference& model : request.models) {
    const checkpoint::ModelFile file = checkpoint::load_model(
        model.file.path,
        import_options(model, model.vocabulary ? std::optional(model.vocabulary->path) : std::nullopt));
    notes.insert(notes.end(), file.notes.begin(), file.notes.end());
    model.experiment = file.experiment;
    if (const auto updates = file.metadata.find("updates"); updates != file.metadata.end())
      model.update = std::strtoull(updates->second.c_str(), nullptr, 10);
    names.push_back(legend_name(file.spec.name, nn::find_cell(file.spec.cell)));
  }
  tell_apart(names, request);
  for (std::size_t m = 0; m < names.size(); ++m) request.models[m].name = names[m];
  return notes;
}

void observe(const FigureRequest& request, Material& material) {
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  const observe::Needs needs = find_view(request.view).needs;
  const bool of_text = needs.tape;
  const std::u32string characters = decode_utf8(request.text, InvalidUtf8::error, "the text");
  const Index steps = request.sequence ? std::ssize(request.sequence->characters) : std::ssize(characters);
  double bytes = 0;
  for (std::size_t m = 0; m < material.models.size(); ++m) {
    const nn::Network<float>& network = *material.models[m].network;
    Observation& observation = material.observations[m];
    observation.rules = nn::rules_for(request.rules, network.cell());
    bytes += (observation.rules.empty() || !needs.natural ? 1 : 2) *
             experiment::memory_needed(network.spec(), network.interface(), steps, 1, observation.rules);
  }
  if (of_text) experiment::check_memory(bytes, "a shorter text");
  for (std::size_t m = 0; of_text && m < material.models.size(); ++m) {
    const observe::Model<float>& model = material.models[m];
    Observation& observation = material.observations[m];
    if (!request.sequence && !observation.outcome().of_input && needs.one_loss) {
      fail(
          "the view {} shows the gradient of a loss, but {} tells classes, and a text does not say the right "
          "one; --sequence N, of what it learnt, does",
          request.view, observation.name);
    }
    observe::Stimulus stimulus;
    if (request.sequence) {
      stimulus = encode(*request.sequence, model);
    } else {
      const task::Vocabulary vocabulary(model.alphabet.inputs, model.name);
      stimulus = observe::Text{vocabulary.encode(characters, fmt::format("the text for {}", model.name))};
    }
    const trace::Keep keep = request.sequence ? trace::Keep::in_memory : trace::Keep::in_file;
    std::vector<train::MetricsRow> metrics = std::move(observation.metrics);
    observation = observe::observe(model, stimulus, observation.rules, loss, {.needs = needs, .keep = keep});
    observation.metrics = std::move(metrics);
  }
}

Figure make_figure(const FigureRequest& request, const Material& material, std::optional<int> frame) {
  ViewOptions options = request.options;
  if (frame) options.frame = frame;
  Figure figure = find_view(request.view).make(material.observations, options);
  figure.metadata = to_text(request);
  return figure;
}

std::vector<int> replay_steps(const FigureRequest& request, const Material& material) {
  int all = 0;
  for (const Observation& observation : material.observations)
    all = std::max(all, static_cast<int>(observation.steps()));
  std::vector<int> steps(static_cast<std::size_t>(all));
  std::iota(steps.begin(), steps.end(), 0);
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  if (!find_view(request.view).needs.one_loss || all == 0) return steps;
  const auto from = loss.kind == trace::LossAt::Kind::step
                        ? steps.begin() + std::min<Index>(loss.step, all - 1)
                        : steps.end() - 1;
  // A layer that reads the text backwards sends its gradient forwards.
  if (request.options.backward_direction) return {from, steps.end()};
  steps.erase(from + 1, steps.end());
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace gatescope::figure
