/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/job_eta.h"

#define HOUR_S 3600
#define DAY_S 86400
#define USUAL_FETCH_S 20	/* before anything was measured */

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The downloads until the job's last track, those of others included. */
static int64_t downloads_until(const struct jobs *jobs, const struct job *job,
    int64_t likes)
{
	int64_t own = (int64_t)jobs_waiting(job), all = own;

	for (size_t i = 0; i < jobs_count(jobs); i++) {
		const struct job *other = jobs_at(jobs, i);

		if (other != job && !job_has_ended(other))
			all += smaller((int64_t)jobs_waiting(other), own);
	}
	return all + smaller(likes, all);
}

/* The time until a window with this cap has let so many downloads start. */
static int64_t window_s(int64_t downloads, int left, int cap, int64_t length)
{
	int64_t rest = downloads - left;

	return rest <= 0 ? 0 : (rest + cap - 1) / cap * length;
}

int64_t job_eta(const struct jobs *jobs, const struct job *job,
    const struct eta_input *in)
{
	int64_t downloads = downloads_until(jobs, job, (int64_t)in->likes);
	double each = in->fetch_s > 0 ? in->fetch_s : USUAL_FETCH_S;
	int64_t longest = (int64_t)((double)downloads * each / in->parallel);
	int64_t hours, days;

	if (job_has_ended(job) || in->per_hour <= 0 || in->per_day <= 0)
		return -1;
	hours = window_s(downloads, in->hour_left, in->per_hour, HOUR_S);
	days = window_s(downloads, in->day_left, in->per_day, DAY_S);
	if (hours > longest)
		longest = hours;
	return days > longest ? days : longest;
}
