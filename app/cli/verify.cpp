#include <fmt/ranges.h>

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
#include "app/cli/numbers.h"
#include "app/cli/program_name.h"
#include "app/cli/progress.h"
#include "app/export/cairo_painter.h"
#include "app/export/claims_page.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "app/platform/paths.h"
#include "core/claim/plan.h"
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

struct VerifyOptions {
  claim::Plan plan;  // its cards come later
  std::vector<std::string> merge;
  int jobs = usual_threads();
  std::string out, shard;
  bool list = false, all_measures = false;
};

fs::path cards_folder() {
  return presets_folder() / "claims";
}

/// Those that come with the program, by name.
std::vector<fs::path> all_card_files() {
  std::vector<fs::path> files = files_in(cards_folder(), ".json");
  if (files.empty())
    fail("the claims that come with the program are missing; looked in '{}'", cards_folder().string());
  return files;
}

std::string names_of(const std::vector<fs::path>& files) {
  std::vector<std::string> names;
  for (const fs::path& file : files) names.push_back(printable(path_to_text(file.stem())));
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_file(const fs::path& path) {
  std::error_code code;
  return fs::is_regular_file(path, code);
}

/// A file; else a claim's name; else a preset's, or a claim's name where more than seeds is varied and a
/// preset has it too: claims are about settings of their own.
fs::path file_of(const std::string& name, bool varied) {
  if (is_file(name)) return name;
  const fs::path as_claim = cards_folder() / (name + ".json"),
                 as_preset = presets_folder() / (name + ".json");
  const bool is_claim = is_file(as_claim), is_preset = is_file(as_preset);
  if (is_claim && !(varied && is_preset)) return as_claim;
  if (is_preset) return as_preset;
  usage("there is no claim, preset or file {}; claims are {}, presets {}", in_quotes(name),
        names_of(all_card_files()), names_of(files_in(presets_folder(), ".json")));
}

bool comes_along(const fs::path& file) {
  std::error_code code;
  const fs::path folder = fs::absolute(file, code).parent_path();
  return fs::equivalent(folder, cards_folder(), code) || fs::equivalent(folder, presets_folder(), code);
}

std::vector<Card> cards_of(const claim::Plan& plan) {
  const bool seeds_varied = std::ranges::any_of(plan.vary, claim::varies_seeds);
  const bool varied = !std::ranges::all_of(plan.vary, claim::varies_seeds);
  if (plan.seeds && seeds_varied) usage("--seeds and --vary seed= say the same, expected one of them");
  std::vector<fs::path> files;
  for (const std::string& name : plan.asked) files.push_back(file_of(name, varied));
  if (files.empty()) files = all_card_files();
  std::vector<Card> cards;
  std::set<std::string> names;
  for (const fs::path& file : files) {
    Card card = claim::load_card(file);
    if (plan.quick && plan.asked.empty() && !card.quick) continue;
    if (!names.insert(card.name).second) usage("{} is named twice", in_quotes(card.name));
    // What comes along means the texts that come along, whatever the working folder holds.
    if (comes_along(file)) card.beside = corpora_folder().native();
    try {
      claim::vary(card, plan.vary);
    } catch (const Error& error) {
      usage("--vary: {}", error.what());
    }
    if (plan.seeds)
      claim::set_seeds(card, *plan.seeds);
    else if (plan.quick && !seeds_varied)
      claim::set_seeds(card, 1);
    cards.push_back(std::move(card));
  }
  return cards;
}

fs::path jobs_folder(const fs::path& out) {
  return out / "jobs";
}

/// What a job left behind in an earlier run of the same; none where there is none, or it was of other cards.
std::optional<claim::Result> kept_result(const fs::path& out, const Job& job) {
  const fs::path file = jobs_folder(out) / job.file();
  if (out.empty() || !is_file(file)) return std::nullopt;
  claim::Result result = claim::result_from_json(parse_json(read_file(file), file.string()), file.string());
  const bool same = result.card == job.card->name && result.digest == job.card->digest &&
                    result.setting == job.setting && result.seed == job.seed;
  return same ? std::optional(std::move(result)) : std::nullopt;
}

/// Several jobs side by side. Where they are stopped, or one fails, those that are done are kept.
class Work {
 public:
  Work(std::vector<Job> jobs, fs::path out)
      : jobs_(std::move(jobs)), out_(std::move(out)), done_(jobs_.size()) {
    for (const Job& job : jobs_) words_.push_back(job.words());
    if (out_.empty()) return;
    std::error_code code;
    fs::create_directories(jobs_folder(out_), code);
    if (!fs::is_directory(jobs_folder(out_), code))
      fail("cannot make the folder '{}', where results are to be kept", jobs_folder(out_).string());
  }

  std::vector<claim::Result> do_all(int side_by_side) {
    std::vector<std::optional<claim::Result>> results(jobs_.size());
    ThreadPool pool(std::clamp(side_by_side, 1, std::max(1, static_cast<int>(jobs_.size()))));
    try {
      pool.run(static_cast<int>(jobs_.size()),
               [&](int k) { results[static_cast<std::size_t>(k)] = result_of(static_cast<std::size_t>(k)); });
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
  std::optional<claim::Result> result_of(std::size_t k) {
    try {
      auto result = kept_result(out_, jobs_[k]);
      if (!result && goes_on()) {
        result = claim::run(jobs_[k], corpora_folder(), [&](double done) {
          tell(k, done);
          return goes_on();
        });
        if (result && !out_.empty())
          write_file(jobs_folder(out_) / jobs_[k].file(), claim::to_json(*result).dump(1) + "\n");
      }
      if (result) tell(k, 1);
      return result;
    } catch (...) {
      failed_ = true;
      throw;
    }
  }

  bool goes_on() { return !interrupt_.asked() && !failed_; }

  void tell(std::size_t k, double done) {
    const std::scoped_lock lock(mutex_);
    sum_ += done - done_[k];
    done_[k] = done;
    progress_.show(sum_ / static_cast<double>(jobs_.size()),
                   fmt::format("{} jobs, {}", jobs_.size(), words_[k]));
  }

  std::vector<Job> jobs_;
  std::vector<std::string> words_;  // of each job
  fs::path out_;
  std::atomic<bool> failed_ = false;
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
    write_file(out / "claims.html", claims_page(verdicts, pictures, program_name()));
    print("{}\n", (out / "claims.html").string());
  }
  return std::ranges::all_of(verdicts, &Verdict::as_stated) ? 0 : 1;
}

/// The plan of these cards: files by their whole paths, so that they are found from elsewhere.
claim::Plan complete(claim::Plan plan, const std::vector<Card>& cards) {
  for (std::string& name : plan.asked)
    if (is_file(name)) name = path_to_text(fs::absolute(name));
  plan.cards = claim::versions_of(cards);
  return plan;
}

fs::path plan_file(const fs::path& folder) {
  return folder / "shard.json";
}

int verify_shard(const VerifyOptions& options) {
  if (options.out.empty())
    usage("--shard needs --out DIR, where its results are kept until --merge joins them");
  claim::Plan plan = options.plan;
  try {
    claim::set_part(plan, options.shard);
  } catch (const Error& error) {
    usage("--shard: {}", error.what());
  }
  const std::vector<Card> cards = cards_of(plan);
  plan = complete(std::move(plan), cards);
  write_file(plan_file(options.out), claim::to_json(plan).dump(1) + "\n");
  const auto jobs = claim::shard_of(claim::all_jobs(cards), plan.part, plan.of);
  const auto results = Work(jobs, options.out).do_all(options.jobs);
  print("{} jobs of part {} are in {}\n", results.size(), claim::part_text(plan), options.out);
  return 0;
}

/// The folders' plans, all of one run.
std::vector<claim::Plan> read_plans(const std::vector<std::string>& folders) {
  std::vector<claim::Plan> plans;
  for (const std::string& folder : folders) {
    const fs::path file = plan_file(folder);
    plans.push_back(claim::plan_from_json(parse_json(read_file(file), file.string()), file.string()));
    claim::Plan as_first = plans.back();
    as_first.part = plans.front().part;
    if (as_first != plans.front())
      fail("'{}' is a part of something else than '{}', expected parts of one run", folder, folders.front());
    for (std::size_t k = 0; k + 1 < plans.size(); ++k)
      if (plans[k].part == plans.back().part)
        fail("the part {} is there twice, in '{}' and '{}'", claim::part_text(plans[k]), folders[k], folder);
  }
  return plans;
}

/// The results of a part; where some are missing, says so in `lost`.
std::vector<claim::Result> results_in(const std::string& folder, const claim::Plan& plan,
                                      const std::vector<Job>& jobs, std::vector<std::string>& lost) {
  std::vector<claim::Result> results;
  std::vector<std::string> missing;
  for (const Job& job : claim::shard_of(jobs, plan.part, plan.of))
    if (auto result = kept_result(folder, job))
      results.push_back(std::move(*result));
    else
      missing.push_back(job.words());
  if (missing.empty()) return results;
  constexpr std::size_t kNamed = 3;
  const std::size_t all = missing.size();
  missing.resize(std::min(all, kNamed));
  lost.push_back(fmt::format("part {} in '{}' lacks {}: {}{}", claim::part_text(plan), folder,
                             all == 1 ? "a job" : fmt::format("{} jobs", all), fmt::join(missing, "; "),
                             all > kNamed ? "; ..." : ""));
  return results;
}

int merge(const VerifyOptions& options) {
  const std::vector<claim::Plan> plans = read_plans(options.merge);
  const std::vector<Card> cards = cards_of(plans.front());
  if (claim::versions_of(cards) != plans.front().cards)
    fail("'{}' is of other versions of its claims than this program has; run its parts again",
         options.merge.front());
  const std::vector<Job> jobs = claim::all_jobs(cards);
  std::vector<claim::Result> results;
  std::vector<std::string> lost;
  for (std::size_t k = 0; k < plans.size(); ++k) {
    auto some = results_in(options.merge[k], plans[k], jobs, lost);
    std::ranges::move(some, std::back_inserter(results));
  }
  for (int part = 1; part <= plans.front().of && lost.size() < 20; ++part)
    if (std::ranges::find(plans, part, &claim::Plan::part) == plans.end())
      lost.push_back(fmt::format("part {}/{} is missing", part, plans.front().of));
  if (!lost.empty())
    fail("{}; run each again with the same command and --shard I/N --out DIR, which goes on, then join all",
         fmt::join(lost, "; "));
  return report(cards, results, options.out);
}

int list_cards() {
  for (const fs::path& file : all_card_files()) {
    const Card card = claim::load_card(file);
    print("{:<20} {}\n{:<20} {}, {} settings, some {:.3g} minutes{}\n", card.name, card.title, "",
          card.seeds == 1 ? "1 seed" : fmt::format("{} seeds", card.seeds), card.settings.size(),
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
  if (!options.merge.empty()) {
    if (!options.shard.empty() || options.plan != claim::Plan{})
      usage(
          "--merge takes what was asked for from the folders, and no claims, --seeds, --quick, --vary or "
          "--shard");
    return merge(options);
  }
  if (!options.shard.empty()) return verify_shard(options);
  const std::vector<Card> cards = cards_of(options.plan);
  const auto results = Work(claim::all_jobs(cards), options.out).do_all(options.jobs);
  return report(cards, results, options.out);
}

}  // namespace

void add_verify(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "verify",
      "Run claims of the field over their seeds and say which hold, or measure a preset over settings");
  auto options = std::make_shared<VerifyOptions>();
  command->add_option(
      "claims", options->plan.asked,
      "Files of claims or presets, or names of those that come along; without any all claims");
  command->add_flag("--list", options->list, "Say which claims there are");
  command->add_flag("--measures", options->all_measures, "Say what a claim can measure");
  command
      ->add_option("--seeds", options->plan.seeds, "The seeds 1 to this number, in place of the claims' own")
      ->transform(whole_number<int>(1, claim::kMostSeeds));
  command->add_option("--jobs", options->jobs, "How many trainings run side by side, a thread each")
      ->transform(whole_number<int>(1, kMostThreads))
      ->capture_default_str();
  command->add_option(
      "--out", options->out,
      "Keep every training's numbers in this folder, and write claims.html, .json, .csv, .md and "
      "figures there; what is there already is not run again");
  command->add_flag("--quick", options->plan.quick, "One seed of the claims that are quick");
  command
      ->add_option("--vary", options->plan.vary,
                   "Of a preset, values of a place in its JSON: models.0.hidden=32,64 or seed=1..20")
      ->allow_extra_args(false);
  command->add_option("--shard", options->shard, "Only the part I of N, for a job array: I/N");
  command->add_option("--merge", options->merge, "Join the folders of all parts");
  command->callback([options, &action] { action = [options] { return verify(*options); }; });
}

}  // namespace gatescope::app
