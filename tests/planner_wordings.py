"""Ways to say the same: each is planned as the first of its group is.

Typed in by hand; what is planned otherwise, rightly or not, does not stand here.
"""

from __future__ import annotations

__all__ = ["QUESTIONS"]

QUESTIONS: dict[str, str] = {
    "cost by team in October": """
        Give me October's cost per team.
        Could I get the October costs split out by team?
        I'd like a team breakdown of costs for October.
        What does October look like by team?
        Show October spend for each team.
        Show me what each team spent in October.
        How much did each of our teams spend in October?
        How much did the different teams spend in October?
        What was every team's spend in October?
        Per team, what was the spend in October?
        Team by team, what did we spend in October?
        October 2026 spend, broken down by team
        Breakdown by team of October's costs
        Can you show the cost distribution over teams for October?
        What are the costs of the teams in October?
        spend of the teams, October
        What did the teams cost us in October?
        I need to see which team spent what in October.
        Who spent what in October?
        Please provide a per-team cost report for October.
        How are the October costs divided among the teams?
        How did October's spend break down across teams?
        Total spend for each team during October
        The amount each team spent in October
        list team spend for october
        october: cost / team
        Would you split October by team for me?
        how is october's money spread over the teams?
        spend by team in October, including what has no team
        October cost per team incl. the ones without a team
        October cost by team, including untagged
    """,
    "top 5 services in October": """
        Which five services cost us the most in October?
        which five services cost the most in October and how much each
        top five services in October and what each cost
        What are our five biggest services by cost for October?
        List the top five services in October by spend
        Give me the 5 services with the highest cost in October
        Show the five most costly services of October
        October's top 5 services
        the 5 largest services in October
        name the five services we spent the most on in October
        What were the five largest services on our October spend?
        top five by service, october
        rank the top 5 services for October
        In October, which 5 services were the most expensive?
        5 dearest services, October
    """,
    "AWS cost in October vs September": """
        How did AWS costs change from September to October?
        What's the difference in AWS spend between September and October?
        Was AWS more expensive in October than in September?
        AWS: October compared to September
        Compare our AWS spend of October with that of September
        Did AWS spending go up or down between September and October?
        How much more did we pay for AWS in October than in September?
        By how much did the AWS cost increase from September to October?
        AWS October versus September, please
        How does AWS in October compare with September?
        AWS cost: Sep vs Oct
        the change in AWS costs, September to October
        What was AWS in October against September?
    """,
    "AI cost in October": """
        How much did AI cost us in October?
        What did we spend on AI in October?
        What was our total AI spend for the month of October?
        What's the total cost of AI for October?
        How much money went to AI in October?
        Total AI expenses in October
        What is the amount we spent on AI in October?
        Tell me the AI spend in October.
        In October, how much was spent on AI?
        our spend for AI during October 2026
    """,
    "tag coverage of team in October": """
        How much of the October cost has a team tag?
        What share of October's cost is tagged with a team?
        What percentage of our October spend carries a team tag?
        How complete are team tags in October?
        team tag coverage, October
        How well is October tagged with team?
        How good was the team tagging in October?
        coverage of the team tag for October
    """,
    "monthly cost of Bedrock": """
        How did Bedrock cost develop month by month?
        Show Bedrock spend per month
        What did Bedrock cost each month?
        Bedrock by month
        Bedrock monthly
        Give me the monthly spend on Bedrock
        What's the monthly trend for Bedrock?
        Show me the Bedrock trend by month
        How has Bedrock spend evolved over the months?
        Bedrock cost over time, monthly
    """,
    "services over 5000 in October": """
        Which services cost more than 5,000 in October?
        services above $5k in October
        Show all services that exceeded 5000 dollars in October
        List services with October spend greater than 5000
        What services did we spend over 5,000 on in October?
        in October, which services were over 5000 USD?
    """,
    "why did cost rise in October": """
        Why did our costs go up in October?
        What caused the increase in October?
        What is the reason for the higher spend in October?
        What drove the October increase?
        What's behind October's rise in cost?
        why is october so high
        wy did cost rise in october
        What explains the October jump?
        What made October more expensive?
    """,
    "which resources have no team tag": """
        Which resources don't have a team tag?
        List resources without a team tag
        Show me the resources that lack a team tag
        What resources have no team?
        resources missing a team tag
        resources where the team tag is missing
        Which of our resources are missing a team?
    """,
    "average daily cost in October": """
        What did we spend per day on average in October?
        What was our average daily spend in October?
        On average, how much did we spend each day in October?
        average cost per day, October
        How much did a typical day cost in October?
        daily average for October
        What was the daily average cost in October?
        What's our mean daily spend for October?
        how much do we spend a day on average in october
    """,
    "share of EC2 in AWS in October": """
        What share of AWS was EC2 in October?
        How much of our AWS spend in October was EC2?
        What percentage of AWS cost is EC2 in October?
        What percent of the AWS spend did EC2 make up in October?
        What portion of October's AWS spend went to EC2?
        EC2 as a percentage of AWS in October
        EC2's share of AWS, October
        what fraction of aws spend was on ec2 in october
    """,
    "how many models did we use in October": """
        How many models were used in October?
        How many different models did we use in October?
        What's the number of models we used in October?
        number of models used in October
        How many models are on the October spend?
        count the models in October
    """,
    "how many resources does the search team have": """
        How many resources does team search have?
        Number of resources of the search team
        resource count for team search
        count of resources of team search
        How many resources are the search team's?
    """,
    "effective cost against list cost in October": """
        how far does effective cost differ from list cost in October
        How does the effective cost compare to the list cost in October?
    """,
    "EC2 by region": """
        where does EC2 run?
        in which regions is EC2 running
        Where is our EC2 hosted?
    """,
    "share of October without a team": """
        how much of October has no team on it
        how much of October has no team
    """,
    "list cost in EUR for July through October": """
        list cost in EUR for the period July through October
        list cost in EUR over the time from July through October
    """,
    "AWS cost in October without tax": """
        AWS cost in October, ex tax
        AWS cost in October with the tax stripped out
        AWS cost in October net of tax
    """,
    "savings in October": """
        How much did we save in October?
        What did we save in October?
        What were our savings in October?
        total savings for October
        How much have discounts saved us in October?
        How much did our discounts save us in October?
        What did we save against list prices in October?
        savings achieved in October
    """,
    "commitment coverage in October": """
        What was our commitment coverage in October?
        savings plan coverage in October
        commitment coverage rate for October
        what's the coverage of our commitments in October
    """,
    "commitment utilization in October": """
        How well did we use our commitments in October?
        What was the utilization of our commitments in October?
        Were our commitments fully used in October?
        savings plan utilization for October
        How much of our commitments did we use in October?
        commitment usage rate in October
    """,
    "allocated cost by team in October": """
        What did each team cost in October including shared costs?
        fully loaded cost by team in October
        Allocate October's costs to teams
        cost by team in October with shared costs
        October chargeback by team
        Show the chargeback for each team for October
        showback by team for October
    """,
    "which AI workloads do we have": """
        What AI workloads are we running?
        List our AI workloads
        Show me all AI workloads
        show AI workloads
        What are our AI workloads?
        Which AI workloads exist?
        Give me a list of the AI workloads
        AI workloads
    """,
    "how fresh is the data": """
        How recent is the data?
        How up to date is the data?
        When was the data last updated?
        What's the latest data you have?
        Is the data up to date?
        What period does the data cover?
        Until when do you have data?
        What is the most recent day with data?
        How current are these numbers?
    """,
    "which tags do we have": """
        What tags do we use?
        List all tags
        What tag keys exist?
        Which tag keys are used?
        Show me our tags
        What are the tags in the bill?
    """,
    "propose tag fixes": """
        Fix our tags
        Suggest tag fixes
        Can you propose fixes for the tags?
        Please propose tag corrections
        Suggest fixes for our missing tags
        Create a plan to fix the tags
        How would you fix our tags?
        What tag fixes do you suggest?
        Draft a tag fix plan
    """,
    "cost of EC2 and S3 in October": """
        How much did EC2 and S3 cost in October?
        What did we spend on EC2 and S3 in October?
        EC2 and S3 costs for October
        October cost for both EC2 and S3
    """,
    "new services in October": """
        Which services are new in October?
        What services did we start using in October?
        Which services appeared in October for the first time?
        What new services showed up in October?
        Did we use any new services in October?
        services we did not have before October
    """,
    "cost at this pace this month": """
        Where will we land this month at this pace?
        What will this month come to at the current rate?
    """,
    "AWS cost from 2026-10-01 to 2026-10-15": """
        AWS cost in the first half of October
        AWS spend from October 1 to October 15
        AWS spend between 1 and 15 October
        AWS October 1-15
        What did AWS cost from the 1st to the 15th of October?
        What did AWS cost from October 1st through October 15th?
        AWS from 1 Oct until 15 Oct
    """,
    "AWS cost in Q3": """
        AWS cost in the third quarter
        AWS Q3 spend
        What did we spend on AWS in Q3 2026?
        How much was AWS last quarter?
        AWS spend July to September
        AWS cost from July through September
    """,
    "AWS cost in October": """
        AWS last month
        AWS spend last month
        What did AWS cost us in the last month?
        AWS cost for the month of October
        AWS costs for Oct 2026
        AWS spend in 10/2026
        AWS spend 2026-10
        AWS, October
        October AWS spend
        AWS spend during October
        in October, what did AWS cost
        How much did we spend with AWS in October?
        How much did AWS charge us in October?
        What was paid to AWS in October?
        What have we spent on AWS over October?
        Could you check how much AWS was in October
        our October cost on AWS please
        what'd AWS cost in october
        how expensive was AWS in october
        AWS expenses october
        What is the total for AWS in October?
        October total for AWS
    """,
    "cost by service and team in October": """
        costs by service and by team in October
        cost per service per team for October
        break October down by service and team
        October spend split by service, then team
        services by team, October
    """,
    "AWS and Azure cost in October": """
        What did AWS and Azure cost in October?
        How much did we spend on AWS and Azure in October?
        AWS vs Azure in October
        compare AWS and Azure in October
        AWS versus Azure costs, October
        AWS, Azure: October
    """,
    "cost of prod without EC2 in October": """
        How much did we spend in prod in October, not counting EC2?
        prod except EC2, October
    """,
    "cheapest team in October": """
        Which team spent the least in October?
        Who spent least in October?
        team with the lowest spend in October
        lowest spending team in October
        the team that cost us the least in October
        Which is our cheapest team in October?
        What team had the smallest spend in October?
    """,
    "most expensive day in October": """
        Which day in October was the most expensive?
        What was the most expensive day of October?
        On which day did we spend the most in October?
        day with the highest cost in October
        October's most expensive day
        the day in October on which we spent most
        costliest day in october
        what day in october did we spend the most
    """,
    "untagged cost by account in October": """
        How much untagged spend does each account have in October?
        untagged spend per account in October
        Which accounts have the most untagged cost in October?
        untagged by account, October
        spend without tags by account in October
    """,
    "resources with the highest cost in October": """
        Which resources cost the most in October?
        most expensive resources in October
        top resources by cost in October
        What are the most expensive resources of October?
        Which resource was the most expensive in October?
        biggest resources, October
    """,
    "monthly cost by provider": """
        Show cost by provider and month
        What did each provider cost per month?
        provider costs by month
        How did the cost of each provider develop over the months?
        monthly spend for each provider
        monthly spend per cloud provider
        provider spend over time by month
    """,
    "why did Bedrock change in October": """
        What changed at Bedrock in October?
        Explain Bedrock's change in October
        Why did the Bedrock cost change in October?
        Why is Bedrock different in October?
        What happened with Bedrock in October?
        Bedrock in October: what happened?
        Why did Bedrock go up in October?
        What's up with Bedrock in October?
    """,
}
