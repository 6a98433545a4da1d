/* test_number.c - dial rules against known numbers (row 5a). */
#include "call/call.h"
#include "testing.h"

#include <string.h>

static const struct number_rules chengdu = {
	.country = "86", .area = "28", .national = "0", .international = "00"};

START_TEST(numbers_as_gateways_show_them_become_e164)
{
	static const struct {
		const char *user, *e164;
		enum number_kind kind;
	} table[] = {{"13812345678", "+8613812345678", NUMBER_E164},
		{"013812345678", "+8613812345678", NUMBER_E164},
		{"+8613812345678", "+8613812345678", NUMBER_E164},
		{"8613812345678", "+8613812345678", NUMBER_E164},
		{"008613812345678", "+8613812345678", NUMBER_E164},
		{"86123456", "+862886123456", NUMBER_E164}, {"02886123456", "+862886123456", NUMBER_E164},
		{"862886123456", "+862886123456", NUMBER_E164}, {"01012345678", "+861012345678", NUMBER_E164},
		{"0044 20 7946 0000", "+442079460000", NUMBER_E164},
		{"+44-20-7946-0000", "+442079460000", NUMBER_E164},
		{"(028) 8612-3456", "+862886123456", NUMBER_E164},
		{"+8613812345678;ext=12", "+8613812345678", NUMBER_E164}, {"110", "110", NUMBER_SHORT},
		{"12345", "12345", NUMBER_SHORT}, {"anonymous", "", NUMBER_NONE},
		{"Anonymous", "", NUMBER_NONE}, {"", "", NUMBER_NONE}, {"alice", "alice", NUMBER_NAME},
		{"+", "+", NUMBER_NAME}, {"+12345678901234567", "12345678901234567", NUMBER_SHORT}};
	char out[NUMBER_MAX];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		ck_assert_msg(
			number_normalise(&chengdu, table[i].user, out) == table[i].kind, "%s", table[i].user);
		ck_assert_msg(strcmp(out, table[i].e164) == 0, "%s gave %s", table[i].user, out);
	}
}
END_TEST

START_TEST(what_was_normalised_once_stays_as_it_is)
{
	char once[NUMBER_MAX], twice[NUMBER_MAX], digits[20];

	for (int round = 0; round < 20000; round++) {
		size_t n = 1 + testing_random() % 17;

		for (size_t i = 0; i < n; i++)
			digits[i] = (char)('0' + testing_random() % 10);
		digits[n] = '\0';
		if (number_normalise(&chengdu, digits, once) != NUMBER_E164)
			continue;
		ck_assert_int_eq(number_normalise(&chengdu, once, twice), NUMBER_E164);
		ck_assert_str_eq(once, twice);
	}
}
END_TEST

START_TEST(a_number_as_it_is_dialled_normalises_back_to_itself)
{
	static const char *const numbers[] = {
		"+8613812345678", "+862886123456", "+861012345678", "+442079460000", "+12125550100"};
	char dialled[NUMBER_MAX], back[NUMBER_MAX];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		number_dial(&chengdu, numbers[i], dialled);
		ck_assert_int_eq(number_normalise(&chengdu, dialled, back), NUMBER_E164);
		ck_assert_str_eq(back, numbers[i]);
	}
}
END_TEST

START_TEST(only_the_own_country_may_be_called_unless_the_rules_allow_more)
{
	struct number_rules rules = chengdu;

	ck_assert(number_allowed(&rules, "+8613812345678"));
	ck_assert(!number_allowed(&rules, "+442079460000"));
	ck_assert(!number_allowed(&rules, "110"));
	(void)strcpy(rules.deny[0], "+86168*");
	ck_assert(!number_allowed(&rules, "+8616812345"));
	(void)strcpy(rules.allow[0], "+44*");
	ck_assert(number_allowed(&rules, "+442079460000"));
	ck_assert(!number_allowed(&rules, "+8613812345678"));
}
END_TEST

START_TEST(every_state_cause_and_disposition_has_a_name_of_its_own)
{
	for (int i = 0; i <= GHL_CAUSE_INTERNAL_ERROR; i++)
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(ghl_call_cause_name((enum ghl_call_cause)i),
				ghl_call_cause_name((enum ghl_call_cause)k));
	for (int i = 0; i <= GHL_CALL_STATE_CLEARED; i++)
		ck_assert_str_ne(ghl_call_state_name((enum ghl_call_state)i), "?");
	for (int i = 0; i <= GHL_CALL_INTERRUPTED; i++)
		ck_assert_str_ne(ghl_call_disposition_name((enum ghl_call_disposition)i), "?");
	ck_assert_str_eq(ghl_call_cause_name((enum ghl_call_cause)(GHL_CAUSE_INTERNAL_ERROR + 1)), "?");
	ck_assert_str_eq(ghl_conn_state_name((enum ghl_conn_state)(GHL_CONN_FAIL + 1)), "?");
}
END_TEST

TEST_SUITE(call_number, 20, numbers_as_gateways_show_them_become_e164,
	what_was_normalised_once_stays_as_it_is, a_number_as_it_is_dialled_normalises_back_to_itself,
	only_the_own_country_may_be_called_unless_the_rules_allow_more,
	every_state_cause_and_disposition_has_a_name_of_its_own)

Suite *import_suite(void);

TEST_MAIN(call_number(), import_suite())
