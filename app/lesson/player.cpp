#include "app/lesson/player.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/error.h"

namespace gatescope::lesson {
namespace {

constexpr double kNearEnough = 0.1;  // of a slider's range

}  // namespace

int Player::number() const {
  return std::min(bench_.editor().document().lesson.step, static_cast<int>(lesson_->steps.size()) - 1);
}

bool Player::tick() {
  const ui::LessonPlace& place = bench_.editor().document().lesson;
  if (!place.open()) {
    lesson_.reset();
    loaded_.clear();
    return false;
  }
  bool set = false;
  if (!lesson_ || place.lesson != loaded_ || place.language != language_) load();
  if (!lesson_) return false;
  if (!place.entered) enter(), set = true;
  if (!lesson_) return false;
  if (answer() && !std::exchange(revealed_, true)) {
    for (const ui::Intent& intent : step().reveal) bench_.follow(intent);
    set = true;
  }
  if (const auto right = is_right(); right && is_settled(bench_)) right_[step().id] = *right;
  if (const auto* act = std::get_if<Do>(&step().task)) met_ = met_ || holds(act->until, bench_);
  if (const auto* wait = std::get_if<Wait>(&step().task)) met_ = met_ || holds(wait->until, bench_);
  return set;
}

void Player::load() {
  const ui::LessonPlace place = bench_.editor().document().lesson;
  if (place.lesson != loaded_) right_.clear();
  loaded_ = place.lesson;
  language_ = place.language;
  lesson_.reset();
  try {
    Lesson lesson = load_lesson(find_lesson(place.lesson, folder_));
    words_ = load_words(lesson, nearest_language(lesson, language_));
    lesson_ = std::move(lesson);
    met_ = false;
    revealed_ = answer() != nullptr;
  } catch (const Error& error) {
    bench_.notices().say(error.what(), true);
    close();
  }
}

/// Steps for others are passed in the direction that one came in; after the last one the lesson is over.
void Player::enter() {
  const int count = static_cast<int>(lesson_->steps.size());
  for (;;) {
    const ui::LessonPlace& place = bench_.editor().document().lesson;
    if (place.step >= count) {
      close();
      lesson_.reset();
      loaded_.clear();
      return;
    }
    if (is_for_us(lesson_->steps[static_cast<std::size_t>(place.step)])) break;
    bench_.follow(ui::GoOnLesson{place.direction});
  }
  met_ = revealed_ = false;
  bench_.editor().enter_lesson_step();
  for (const ui::Intent& intent : step().set) bench_.follow(intent);
}

bool Player::is_for_us(const Step& step) const {
  if (!step.only_if) return true;
  const Branch& branch = *step.only_if;
  const ui::LessonAnswer* answer = bench_.editor().document().lesson.answer_at(branch.asked);
  if (!answer) return false;
  if (answer->choice == branch.answered) return true;
  const auto right = right_.find(branch.asked);
  bool is_right = right != right_.end() && right->second;
  if (const auto* asked =
          std::get_if<Choose>(&lesson_->steps[static_cast<std::size_t>(lesson_->step_of(branch.asked))].task);
      asked && !asked->right.empty())
    is_right = asked->right == answer->choice;
  return branch.answered == (is_right ? "right" : "wrong");
}

void Player::next() {
  if (is_last()) return close();
  bench_.act(ui::GoOnLesson{1});
}

void Player::back() {
  if (number() > 0) bench_.act(ui::GoOnLesson{-1});
}

void Player::choose(const std::string& answer) {
  bench_.act(ui::AnswerLesson{.step = step().id, .choice = answer, .number = {}});
}

void Player::predict(double guess) {
  bench_.act(ui::AnswerLesson{.step = step().id, .choice = {}, .number = guess});
}

void Player::close() {
  bench_.act(ui::CloseLesson{});
}

const ui::LessonAnswer* Player::answer() const {
  return bench_.editor().document().lesson.answer_at(step().id);
}

std::optional<std::string> Player::right_answer() const {
  const auto* choose = std::get_if<Choose>(&step().task);
  if (!choose) return {};
  if (!choose->right.empty()) return choose->right;
  for (std::size_t k = 0; k < choose->conditions.size(); ++k)
    if (holds(choose->conditions[k], bench_)) return choose->answers[k];
  return {};
}

std::optional<double> Player::truth() const {
  const auto* predict = std::get_if<Predict>(&step().task);
  return predict && is_settled(bench_) ? measured(predict->truth, bench_) : std::nullopt;
}

std::optional<bool> Player::is_right() const {
  const ui::LessonAnswer* given = answer();
  if (!given) return {};
  if (const auto* predict = std::get_if<Predict>(&step().task)) {
    const auto truth = this->truth();
    if (!truth || !given->number) return {};
    return std::abs(*truth - *given->number) <= kNearEnough * (predict->high - predict->low);
  }
  const auto right = right_answer();
  return right ? std::optional(*right == given->choice) : std::nullopt;
}

bool Player::fulfilled() const {
  if (step().asks()) return answer() != nullptr;
  return met_ || std::holds_alternative<std::monostate>(step().task);
}

std::vector<Run> Player::filled(const std::vector<Run>& runs) const {
  return filled_in(runs, bench_, words_.decimal_point);
}

std::string Player::written(std::optional<double> value, int decimals) const {
  return lesson::written(value, decimals, words_.decimal_point);
}

}  // namespace gatescope::lesson
