#!/usr/bin/env bash
# Written by "python docs/update.py" from src/dsdocs/scaffold/templates/; change it there.
#
# Sets what OWNER.md lists: bash .github/settings.sh OWNER/REPOSITORY
# It needs gh, the program of GitHub, logged in as somebody who administers the repository; it can be run again.
set -euo pipefail

repository=${1:?name the repository: bash .github/settings.sh OWNER/REPOSITORY}
here="repos/$repository"
branch=$(gh api "$here" --jq .default_branch)

echo "Pages: published by GitHub Actions"
gh api --silent --method POST "$here/pages" --field build_type=workflow ||
  gh api --silent --method PUT "$here/pages" --field build_type=workflow # it is there already

# Limits an environment to a branch or tag: NAME KIND PATTERN
limit() {
  gh api --silent --method PUT "$here/environments/$1" --input - <<JSON
{"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}}
JSON
  policies="$here/environments/$1/deployment-branch-policies"
  for old in $(gh api "$policies" --jq '.branch_policies[].id'); do
    gh api --silent --method DELETE "$policies/$old"
  done
  gh api --silent --method POST "$policies" --raw-field "type=$2" --raw-field "name=$3"
}

echo "Environment github-pages: $branch only"
limit github-pages branch "$branch"
echo "Environment pypi: tags v* only"
limit pypi tag "v*"

echo "Actions: read-only by default, named by full commit, approved for external contributors"
gh api --silent --method PUT "$here/actions/permissions/workflow" \
  --raw-field default_workflow_permissions=read --field can_approve_pull_request_reviews=false
gh api --silent --method PUT "$here/actions/permissions" \
  --field enabled=true --raw-field allowed_actions=all --field sha_pinning_required=true
gh api --silent --method PUT "$here/actions/permissions/fork-pr-contributor-approval" \
  --raw-field approval_policy=all_external_contributors

echo "Branch $branch: pull requests whose checks have passed"
gh api --silent --method PUT "$here/branches/$branch/protection" --input - <<JSON
{
  "required_status_checks": {"strict": false, "contexts": ["build and check", "lint and types", "tests"]},
  "enforce_admins": true,
  "required_pull_request_reviews": {"required_approving_review_count": 0},
  "restrictions": null,
  "allow_force_pushes": false,
  "allow_deletions": false
}
JSON
echo "done; look at https://github.com/$repository/settings"
