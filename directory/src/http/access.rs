//! `/api/v1` for who may do what: people, groups, roles and who holds them, requests that wait for
//! a second person, tokens, and the tester.

pub mod assignment;
pub mod assignments;
pub mod check;
pub mod decision;
pub mod erase;
pub mod group;
pub mod groups;
pub mod member;
pub mod people;
pub mod person;
pub mod requests;
pub mod role;
pub mod roles;
pub mod second_person;
pub mod shown;
pub mod token;
pub mod tokens;
pub mod viewer;
pub mod who;
