//! Which installed roles and skills suit a task: how well, and by which words; or the same as JSON.

use serde_json::{Value, json};

use crate::agents::{Installed, Skill};
use crate::plan::{Role, Suitable};

use super::look::Look;
use super::plan::bar;
use super::text::{clean, count, wrap};

/// What was asked about, and who suits.
#[derive(Clone, Debug)]
pub struct Suited<'a> {
    pub text: &'a str,
    /// Installed; the best first.
    pub roles: Vec<Suitable>,
    pub skills: Vec<Suitable>,
    /// Whom a plan would name for it.
    pub advised: Option<Role>,
    pub installed: &'a Installed,
}

impl Suited<'_> {
    /// Whether nobody suits, installed or not.
    pub fn is_nobody(&self) -> bool {
        self.roles.is_empty() && self.skills.is_empty() && self.advised.is_none()
    }

    /// What a plan would name although it is not installed.
    fn missing(&self) -> Option<&Role> {
        self.advised.as_ref().filter(|role| !role.installed)
    }

    fn about_role(&self, name: &str) -> Option<(&str, String, bool)> {
        let mut roles = self.installed.roles.iter();
        let role = roles.find(|role| role.name == name)?;
        let path = role.path.to_string_lossy().into_owned();
        Some((&role.description, path, role.can_write()))
    }

    fn about_skill(&self, name: &str) -> Option<(&str, String)> {
        // A name may come with arguments, which the installed one has not.
        let called =
            |skill: &&Skill| skill.name == name || name.split(' ').next() == Some(&skill.name);
        let skill = self.installed.skills.iter().find(called)?;
        Some((
            &skill.description,
            skill.path.to_string_lossy().into_owned(),
        ))
    }
}

/// For people.
pub fn render(suited: &Suited<'_>, look: Look) -> String {
    let (roles, skills) = (suited.roles.len(), suited.skills.len());
    let all = suited.installed;
    let head = format!(
        "{roles} of {} and {skills} of {} suit",
        count(all.roles.len(), "installed role", "installed roles"),
        count(all.skills.len(), "skill", "skills")
    );
    let mut lines = vec![
        look.paint.bold(&head),
        look.fit(&format!("task: {}", clean(suited.text)), look.columns),
    ];
    for (title, found, is_role) in [
        ("roles", &suited.roles, true),
        ("skills", &suited.skills, false),
    ] {
        if !found.is_empty() {
            lines.extend([String::new(), look.paint.dim(title)]);
        }
        for one in found {
            let told = match is_role {
                true => suited.about_role(&one.name).map_or("", |(told, ..)| told),
                false => suited.about_skill(&one.name).map_or("", |(told, _)| told),
            };
            lines.extend(entry(one, told, look));
        }
    }
    if let Some(role) = suited.missing() {
        let text = format!(
            "{} would suit ({}), and is not installed",
            role.name,
            role.matched.join(", ")
        );
        lines.push(String::new());
        lines.extend(wrap(&clean(&text), look.columns));
    }
    lines.join("\n")
}

/// "  [###--] 62 %  security-engineer (jwt, login)", and what it says of itself.
fn entry(one: &Suitable, told: &str, look: Look) -> [String; 2] {
    let line = format!(
        "  {} {:.0} %  {} ({})",
        bar(one.score),
        one.score * 100.0,
        one.name,
        one.matched.join(", ")
    );
    let told = format!("                {told}");
    [
        look.fit(&clean(&line), look.columns),
        look.paint.dim(&look.fit(&clean(&told), look.columns)),
    ]
}

/// For programs.
pub fn json(suited: &Suited<'_>) -> Value {
    let roles = suited.roles.iter().map(|one| {
        let about = suited.about_role(&one.name);
        let (description, path, writes) = about.unwrap_or_default();
        json!({
            "name": one.name, "score": one.score, "matched": one.matched,
            "description": description, "path": path, "writes": writes,
        })
    });
    let skills = suited.skills.iter().map(|one| {
        let (description, path) = suited.about_skill(&one.name).unwrap_or_default();
        json!({
            "name": one.name, "score": one.score, "matched": one.matched,
            "description": description, "path": path,
        })
    });
    json!({
        "version": 1,
        "text": suited.text,
        "installed": {
            "roles": suited.installed.roles.len(),
            "skills": suited.installed.skills.len(),
        },
        "roles": roles.collect::<Vec<_>>(),
        "skills": skills.collect::<Vec<_>>(),
        "not_installed": suited.missing().map(|role| json!({
            "name": role.name, "score": role.score, "matched": role.matched,
        })),
    })
}
