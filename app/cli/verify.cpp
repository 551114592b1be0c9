#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/program_name.h"
#include "app/cli/progress.h"
#include "app/export/cairo_painter.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/claim/report.h"
#include "core/figure/page.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_reader.h"

namespace gatescope::app {
namespace fs = std::filesystem;
namespace {

using claim::Card, claim::Job, claim::Verdict;
using nlohmann::json;

constexpr int kMostShards = 100'000;

struct VerifyOptions {
  std::vector<std::string> cards, vary, merge;
  int seeds = 0, jobs = usual_threads();
  std::string out, shard;
  bool quick = false, list = false, all_measures = false;
};

/// Which part of how many, "2/8".
struct Shard {
  int part = 1, of = 1;
};

Shard shard_in(const std::string& written) {
  Shard shard;
  const std::size_t slash = written.find('/');
  const auto number = [&](std::string_view digits) {
    const bool right =
        !digits.empty() && digits.size() < 7 && digits.find_first_not_of("0123456789") == digits.npos;
    return right ? std::stoi(std::string(digits)) : 0;
  };
  if (slash != written.npos) {
    shard.part = number(std::string_view(written).substr(0, slash));
    shard.of = number(std::string_view(written).substr(slash + 1));
  }
  if (slash == written.npos || shard.part < 1 || shard.of < shard.part || shard.of > kMostShards)
    usage("--shard {} is impossible, expected I/N with I from 1 to N, such as 2/8", in_quotes(written));
  return shard;
}

fs::path cards_folder() {
  return presets_folder() / "claims";
}

/// Those that come with the program, by name.
std::vector<fs::path> all_card_files() {
  std::vector<fs::path> files;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(cards_folder(), missing))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (files.empty())
    fail("the claims that come with the program are missing; looked in '{}'", cards_folder().string());
  std::ranges::sort(files);
  return files;
}

/// A claim's or a preset's name, or a file.
fs::path file_of(const std::string& name) {
  std::error_code code;
  for (const fs::path& file : {cards_folder() / (name + ".json"), presets_folder() / (name + ".json")})
    if (fs::is_regular_file(file, code)) return file;
  if (fs::is_regular_file(name, code)) return name;
  std::string names;
  for (const fs::path& file : all_card_files()) names += (names.empty() ? "" : ", ") + file.stem().string();
  usage("there is no claim, preset or file {}; claims are {}", in_quotes(name), names);
}

std::vector<Card> cards_of(const VerifyOptions& options) {
  std::vector<fs::path> files;
  for (const std::string& name : options.cards) files.push_back(file_of(name));
  if (files.empty()) files = all_card_files();
  std::vector<Card> cards;
  std::set<std::string> names;
  for (const fs::path& file : files) {
    Card card = claim::load_card(file);
    if (options.quick && options.cards.empty() && !card.quick) continue;
    if (!names.insert(card.name).second) usage("{} is named twice", in_quotes(card.name));
    try {
      claim::vary(card, options.vary);
    } catch (const Error& error) {
      usage("--vary: {}", error.what());
    }
    if (options.quick) claim::set_seeds(card, 1);
    if (options.seeds > 0) claim::set_seeds(card, options.seeds);
    cards.push_back(std::move(card));
  }
  return cards;
}

fs::path jobs_folder(const fs::path& out) {
  return out / "jobs";
}

claim::Result read_result(const fs::path& file) {
  return claim::result_from_json(parse_json(read_file(file), file.string()), file.string());
}

/// What a job left behind in an earlier run of the same; none where there is none, or it was of other cards.
std::optional<claim::Result> kept_result(const fs::path& out, const Job& job) {
  std::error_code code;
  if (out.empty() || !fs::exists(jobs_folder(out) / job.file(), code)) return std::nullopt;
  claim::Result result = read_result(jobs_folder(out) / job.file());
  const bool same = result.card == job.card->name && result.digest == job.card->digest &&
                    result.setting == job.setting && result.seed == job.seed;
  return same ? std::optional(std::move(result)) : std::nullopt;
}

/// Several jobs side by side. Where they are stopped, those that are done are kept.
class Work {
 public:
  Work(std::vector<Job> jobs, fs::path out)
      : jobs_(std::move(jobs)), out_(std::move(out)), done_(jobs_.size()) {}

  std::vector<claim::Result> do_all(int side_by_side) {
    std::vector<std::optional<claim::Result>> results(jobs_.size());
    ThreadPool pool(std::clamp(side_by_side, 1, std::max(1, static_cast<int>(jobs_.size()))));
    try {
      pool.run(static_cast<int>(jobs_.size()),
               [&](int k) { results[static_cast<std::size_t>(k)] = result_of(k); });
    } catch (...) {
      progress_.clear();
      throw;
    }
    progress_.clear();
    std::vector<claim::Result> all;
    for (auto& result : results)
      if (result) all.push_back(std::move(*result));
    if (interrupt_.asked())
      fail("stopped after {} of {} jobs; {}", all.size(), jobs_.size(),
           out_.empty() ? std::string("with --out DIR they would have been kept")
                        : fmt::format("they are kept in '{}', and the same command goes on", out_.string()));
    return all;
  }

 private:
  std::optional<claim::Result> result_of(int k) {
    const Job& job = jobs_[static_cast<std::size_t>(k)];
    if (auto kept = kept_result(out_, job)) {
      tell(k, 1);
      return kept;
    }
    if (interrupt_.asked()) return std::nullopt;
    auto result = claim::run(job, corpora_folder(), [&](double done) {
      tell(k, done);
      return !interrupt_.asked();
    });
    if (result && !out_.empty())
      write_file(jobs_folder(out_) / job.file(), claim::to_json(*result).dump(1) + "\n");
    if (result) tell(k, 1);
    return result;
  }

  void tell(int k, double done) {
    const std::scoped_lock lock(mutex_);
    sum_ += done - done_[static_cast<std::size_t>(k)];
    done_[static_cast<std::size_t>(k)] = done;
    progress_.show(sum_ / static_cast<double>(jobs_.size()),
                   fmt::format("{} jobs, {}", jobs_.size(), jobs_[static_cast<std::size_t>(k)].words()));
  }

  std::vector<Job> jobs_;
  fs::path out_;
  std::mutex mutex_;
  std::vector<double> done_;  // of each job, in [0, 1]
  double sum_ = 0;
  Progress progress_;
  Interrupt interrupt_;
};

std::string picture_of(const Verdict& verdict, const Fonts& fonts) {
  const plot::Figure figure = claim::figure(verdict);
  figure::FigureRequest request;
  request.size = {640, 150 + 150 * static_cast<float>(figure.panels.size())};
  const plot::Scene scene = figure::lay_out(figure, request, fonts.measure());
  return paint_svg(scene, fonts, "", figure.title);
}

/// Table, JSON, figures and page; what is asked for as an exit code.
int report(const std::vector<Card>& cards, const std::vector<claim::Result>& results, const fs::path& out) {
  std::vector<Verdict> verdicts;
  for (const Card& card : cards) verdicts.push_back(claim::judge(card, results));
  print("{}", claim::table(verdicts));
  if (!out.empty()) {
    const Fonts fonts;
    std::vector<std::string> pictures;
    for (const Verdict& verdict : verdicts) {
      pictures.push_back(picture_of(verdict, fonts));
      write_file(out / "figures" / (verdict.card->name + ".svg"), pictures.back());
    }
    write_file(out / "claims.json", claim::to_json(verdicts).dump(1) + "\n");
    write_file(out / "claims.csv", claim::csv(verdicts));
    write_file(out / "claims.md", claim::markdown(verdicts));
    write_file(out / "claims.html", claim::html(verdicts, pictures, program_name()));
    print("{}\n", (out / "claims.html").string());
  }
  return std::ranges::all_of(verdicts, &Verdict::as_stated) ? 0 : 1;
}

/// What a shard was asked for, so that its parts can be joined without saying it again.
json plan_of(const VerifyOptions& options, const std::vector<Card>& cards, const Shard& shard) {
  json names = json::array();
  for (const Card& card : cards)
    names.push_back({{"card", card.name}, {"digest", card.digest}, {"seeds", card.seeds}});
  return {{"schema", 1},
          {"part", shard.part},
          {"of", shard.of},
          {"asked", options.cards},
          {"vary", options.vary},
          {"seeds", options.seeds},
          {"quick", options.quick},
          {"cards", std::move(names)}};
}

int verify_shard(const VerifyOptions& options) {
  if (options.out.empty())
    usage("--shard needs --out DIR, where its results are kept until --merge joins them");
  const Shard shard = shard_in(options.shard);
  const std::vector<Card> cards = cards_of(options);
  const std::vector<Job> jobs = claim::shard_of(claim::all_jobs(cards), shard.part, shard.of);
  write_file(fs::path(options.out) / "shard.json", plan_of(options, cards, shard).dump(1) + "\n");
  const auto results = Work(jobs, options.out).do_all(options.jobs);
  print("{} jobs of shard {}/{} are in {}\n", results.size(), shard.part, shard.of, options.out);
  return 0;
}

struct Plan {
  VerifyOptions asked;
  Shard shard;
  json same;  // what all parts have in common
};

Plan read_plan(const fs::path& folder) {
  const fs::path file = folder / "shard.json";
  const std::string origin = file.string();
  json written = parse_json(read_file(file), origin);
  JsonReader reader(written, "", origin);
  Plan plan;
  if (reader.get("schema", 0) != 1) reader.reject("schema", "1, of a part of gatescope verify");
  plan.shard.part = reader.get("part", 0, 1, kMostShards);
  plan.shard.of = reader.get("of", 0, plan.shard.part, kMostShards);
  plan.asked.cards = reader.get("asked", std::vector<std::string>());
  plan.asked.vary = reader.get("vary", std::vector<std::string>());
  plan.asked.seeds = reader.get("seeds", 0, 0, claim::kMostSeeds);
  plan.asked.quick = reader.get("quick", false);
  reader.find("cards");
  reader.finish();
  plan.same = std::move(written);
  plan.same.erase("part");
  return plan;
}

/// What of the work is not there, and which part was to do it.
void check_parts(const std::vector<Card>& cards, const std::vector<claim::Result>& results,
                 const Shard& first, const std::set<int>& parts) {
  std::string lost;
  for (int part = 1; part <= first.of; ++part)
    if (!parts.contains(part)) lost += fmt::format("{}{}/{}", lost.empty() ? "" : ", ", part, first.of);
  if (!lost.empty()) fail("the parts {} are missing; run them with --shard and name their folders", lost);
  std::set<std::string> there;
  for (const claim::Result& result : results)
    there.insert(fmt::format("{}-{}-{}", result.card, result.setting, result.seed));
  std::set<int> broken;
  for (int part = 1; part <= first.of; ++part)
    for (const Job& job : claim::shard_of(claim::all_jobs(cards), part, first.of))
      if (!there.contains(fs::path(job.file()).stem().string())) broken.insert(part);
  if (broken.empty()) return;
  std::string list;
  for (const int part : broken) list += fmt::format("{}{}/{}", list.empty() ? "" : ", ", part, first.of);
  fail("the parts {} were not finished; each goes on with the same command (--shard I/N --out DIR)", list);
}

int merge(const VerifyOptions& options) {
  std::optional<Plan> first;
  std::set<int> parts;
  std::vector<claim::Result> results;
  for (const std::string& folder : options.merge) {
    const Plan plan = read_plan(folder);
    if (!first) first = plan;
    if (plan.same != first->same)
      fail("'{}' is a part of something else than '{}', expected parts of one run", folder,
           options.merge.front());
    if (!parts.insert(plan.shard.part).second)
      fail("'{}': the part {}/{} is there twice", folder, plan.shard.part, plan.shard.of);
    std::vector<fs::path> files;
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(jobs_folder(folder), none))
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    std::ranges::sort(files);
    for (const fs::path& file : files) results.push_back(read_result(file));
  }
  const std::vector<Card> cards = cards_of(first->asked);
  if (plan_of(first->asked, cards, first->shard).at("cards") != first->same.at("cards"))
    fail("the claims in '{}' are other ones than those of this program", options.merge.front());
  check_parts(cards, results, first->shard, parts);
  return report(cards, results, options.out);
}

int list_cards() {
  for (const fs::path& file : all_card_files()) {
    const Card card = claim::load_card(file);
    print("{:<20} {}\n{:<20} {}, {} settings, some {:.3g} minutes{}\n", card.name, card.title, "",
          card.seeds == 1 ? "1 seed" : fmt::format("{} seeds", card.seeds), card.settings().size(),
          card.minutes, card.quick ? ", quick" : "");
  }
  return 0;
}

int list_measures() {
  for (const claim::MeasureKind& kind : claim::all_measures()) print("{:<18} {}\n", kind.key, kind.sentence);
  return 0;
}

int verify(const VerifyOptions& options) {
  if (options.list) return list_cards();
  if (options.all_measures) return list_measures();
  if (options.jobs < 1 || options.jobs > kMostThreads)
    usage("--jobs {} is impossible, expected 1 to {}", options.jobs, kMostThreads);
  if (options.seeds < 0 || options.seeds > claim::kMostSeeds)
    usage("--seeds {} is impossible, expected 1 to {}", options.seeds, claim::kMostSeeds);
  if (!options.merge.empty()) {
    if (!options.shard.empty() || !options.cards.empty() || !options.vary.empty() || options.seeds > 0 ||
        options.quick)
      usage(
          "--merge takes what was asked for from the folders, and no claims, --seeds, --quick, --vary or "
          "--shard");
    return merge(options);
  }
  if (!options.shard.empty()) return verify_shard(options);
  const std::vector<Card> cards = cards_of(options);
  const auto results = Work(claim::all_jobs(cards), options.out).do_all(options.jobs);
  return report(cards, results, options.out);
}

}  // namespace

void add_verify(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "verify",
      "Run claims of the field over their seeds and say which hold, or measure a preset over settings");
  auto options = std::make_shared<VerifyOptions>();
  command->add_option("claims", options->cards, "Claims, presets or files of either; without any all claims");
  command->add_flag("--list", options->list, "Say which claims there are");
  command->add_flag("--measures", options->all_measures, "Say what a claim can measure");
  command->add_option("--seeds", options->seeds, "The seeds 1 to this number, in place of the claims' own");
  command->add_option("--jobs", options->jobs, "How many trainings run side by side, a thread each")
      ->capture_default_str();
  command->add_option(
      "--out", options->out,
      "Keep every training's numbers in this folder, and write claims.html, .json, .csv, .md and "
      "figures there; what is there already is not run again");
  command->add_flag("--quick", options->quick, "One seed of the claims that are quick");
  command
      ->add_option("--vary", options->vary,
                   "Of a preset, values of a place in its JSON: models.0.hidden=32,64 or seed=1..20")
      ->allow_extra_args(false);
  command->add_option("--shard", options->shard, "Only the part I of N, for a job array: I/N");
  command->add_option("--merge", options->merge, "Join the folders of all parts");
  command->callback([options, &action] { action = [options] { return verify(*options); }; });
}

}  // namespace gatescope::app
